"""What a run of ours costs: CPU time and peak memory of a process, as the system accounts them when it ends."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Cost:
    """CPU and wall time in seconds, peak resident memory in bytes; `output`: what was printed.

    CPU time counts the process's own work alone: the server of the pages is another's.
    """

    cpu: float
    wall: float
    peak: int
    output: str


@dataclass(frozen=True)
class Figure:
    """One measured value beside its baseline of the same run."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    baseline_name: str = ""
    aim: str = ""

    def line(self) -> str:
        text = f"{self.name}: {self.value:,.4g} {self.unit}"
        if self.baseline is not None:
            ratio = self.value / self.baseline if self.baseline else float("nan")
            text += f"; {self.baseline_name} {self.baseline:,.4g} {self.unit}; ratio {ratio:.3f}"
        return text + (f" (aim {self.aim})" if self.aim else "")


def run_measured(arguments: Sequence[object], environment: dict[str, str] | None = None) -> Cost:
    """Run Python with the arguments to its end. Raises RuntimeError where it fails, with what it said."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    )
    output, errors = "", ""
    assert process.stdout is not None and process.stderr is not None
    with process.stdout, process.stderr:
        output = process.stdout.read()
        errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode}: {errors[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss * 1024, output)


def audit(registry: Path, data: Path, *options: object) -> Cost:
    """A whole audit over the command line: crawl, evidence, facts, rules, reports."""
    return run_measured(["run_audit.py", "audit", "--registry", registry, "--data", data, "--json", *options])
