"""Labelled real strings and saved pages that may lie beside the project: $COMPLIANCE_SHARED/samples or ../shared."""

import os
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]


def folder() -> Path:
    """Where the samples would be; the folder need not exist."""
    return Path(os.environ.get("COMPLIANCE_SHARED") or ROOT.parent / "shared") / "samples"


def load(name: str) -> list[dict[str, Any]]:
    """The items of samples/<name>.yml. Raises FileNotFoundError where there are none."""
    items: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((folder() / f"{name}.yml").read_text("utf-8"))
    return items


def several(value: object) -> set[object]:
    """A value that may be left out, single or a list, as a set."""
    return set() if value is None else set(value) if isinstance(value, list) else {value}
