"""`python -m tests.accuracy`: measure, print a table, exit 1 below a floor."""

import sys

from tests.accuracy.score import Score
from tests.accuracy.table import PARTS, Absent


def main() -> int:
    below: list[Score] = []
    print(f"{'part':<11}{'measure':<30}{'value':>8}{'floor':>8}{'of':>7}")
    for part, measure in PARTS.items():
        try:
            scores = measure()
        except Absent as absent:
            print(f"{part:<11}SKIPPED: {absent}")
            continue
        for score in scores:
            mark = "" if score.holds else "  BELOW THE FLOOR"
            print(f"{part:<11}{score.measure:<30}{score.value:>8.4f}{score.floor:>8.2f}{score.of:>7}{mark}")
            for line in score.wrong[:20]:
                print(f"           {line}")
            below += [] if score.holds else [score]
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
