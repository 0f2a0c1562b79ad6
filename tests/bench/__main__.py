"""`python -m tests.bench [CASE …] [--smallest]`: measures and prints each figure beside its baseline (`make bench`)."""

import argparse
import os
import tempfile
from pathlib import Path

from tests.bench.cases import CASES


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("case", nargs="*", choices=[[], *CASES], help="all where none is named")
    parser.add_argument("--smallest", action="store_true", help="sizes that only show that it runs")
    given = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}: others' work adds noise, ratios bear it best")
    for name in given.case or CASES:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            print(f"\n{name}: {(CASES[name].__doc__ or '').splitlines()[0]}")
            for figure in CASES[name](Path(folder), given.smallest):
                print(f"  {figure.line()}", flush=True)


if __name__ == "__main__":
    main()
