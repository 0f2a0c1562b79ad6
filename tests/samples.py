"""Labelled real strings that may lie beside the project: in $COMPLIANCE_SHARED/samples, else in ../shared/samples."""

import os
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]


def load(name: str) -> list[dict[str, Any]]:
    """The items of samples/<name>.yml; skips the test where there are none."""
    folder = Path(os.environ.get("COMPLIANCE_SHARED") or ROOT.parent / "shared")
    path = folder / "samples" / f"{name}.yml"
    if not path.is_file():
        pytest.skip(f"no labelled strings at {path}")
    items: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return items


def several(value: object) -> set[object]:
    """A value that may be left out, single or a list, as a set."""
    return set() if value is None else set(value) if isinstance(value, list) else {value}
