"""Every benchmark runs at its smallest size, so that none rots; what it measures is no test."""

import math
from pathlib import Path

import pytest

from tests.bench.cases import CASES


@pytest.mark.parametrize("name", CASES)
def test_a_benchmark_runs_and_names_its_baseline(name: str, tmp_path: Path) -> None:
    figures = CASES[name](tmp_path, True)
    assert figures
    for figure in figures:
        assert math.isfinite(figure.value) and figure.value >= 0 and figure.unit in figure.line()
    assert any(figure.baseline for figure in figures) or name == "memory"
