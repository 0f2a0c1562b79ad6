"""Reads YAML files of ours into closed models; a mistake is kept with its file, line and entry, and reading goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Entry = TypeVar("Entry", bound=BaseModel)
Where = tuple[int | str, ...]

EXPECTED = {
    "missing": "thiếu mục này",
    "date_from_datetime_parsing": "cần ngày dạng YYYY-MM-DD",
    "date_parsing": "cần ngày dạng YYYY-MM-DD",
    "date_type": "cần ngày dạng YYYY-MM-DD",
    "float_type": "cần một số",
    "float_parsing": "cần một số",
    "extra_forbidden": "mục không có trong mẫu",
    "string_type": "cần chữ (đặt trong ngoặc kép nếu là số)",
    "string_too_short": "không được để trống",
    "tuple_type": "cần một danh sách",
    "list_type": "cần một danh sách",
    "dict_type": "cần các cặp khóa: giá trị",
    "model_type": "cần các cặp khóa: giá trị",
    "model_attributes_type": "cần các cặp khóa: giá trị",
    "int_type": "cần số nguyên",
    "int_parsing": "cần số nguyên",
    "bool_parsing": "cần true hoặc false",
    "bool_type": "cần true hoặc false",
    "too_short": "cần ít nhất một phần tử",
}


class CatalogError(Exception):
    """The rule files have mistakes; `problems` lists them all, each "file:line: entry: what and what was expected"."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class TextConstructor(SafeConstructor):
    """Leaves days as text, so that a day that does not exist is a mistake of its field and not of the file."""


class MarkedConstructor(RoundTripConstructor):
    """The same for data that know their lines."""


for _constructor in (TextConstructor, MarkedConstructor):
    _constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def parse_yaml(text: str) -> Any:
    """Plain data of a YAML 1.2 text; raises YAMLError, also for a key that stands twice."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = TextConstructor
    return yaml.load(text)


@dataclass
class Source:
    """One YAML file: its data, and on demand the line on which a part of it stands."""

    path: Path
    text: str
    data: Any
    _marked: Any = None  # the same data with its lines, read only where a mistake is to be placed

    def line(self, where: Where) -> int:
        """Line (from 1) of the part at `where`, or of the nearest part around it."""
        if self._marked is None:
            yaml = YAML(typ="rt")
            yaml.Constructor = MarkedConstructor
            self._marked = yaml.load(self.text)
        node: Any = self._marked
        line = 1
        for step in where:
            try:
                place = node.lc.key(step) if isinstance(step, str) else node.lc.item(step)
                node, line = node[step], place[0] + 1
            except (AttributeError, KeyError, IndexError, TypeError):
                break
        return line


@dataclass
class Desk:
    """Collects the mistakes of all files while they are read."""

    folder: Path
    problems: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Ids of entries that were reported: what refers to them is no second mistake."""

    def report(self, source: Source, where: Where, entry: str, what: str) -> None:
        self.problems.append(f"{source.path}:{source.line(where)}: {entry}: {what}")

    def read(self, pattern: str) -> list[Source]:
        """The files that match, in order of name; a file that is no YAML is a mistake."""
        paths = sorted(self.folder.glob(pattern))
        if not paths:
            self.problems.append(f"{self.folder / pattern}:1: tệp: không có tệp nào; cần ít nhất một tệp")
        sources = []
        for path in paths:
            try:
                text = path.read_text(encoding="utf-8")
                sources.append(Source(path, text, parse_yaml(text)))
            except UnicodeDecodeError as error:
                self.problems.append(f"{path}:1: tệp: không phải UTF-8 ({error.reason})")
            except MarkedYAMLError as error:
                mark = error.problem_mark or error.context_mark
                line = mark.line + 1 if mark else 1
                first = str(error.problem).splitlines()[0]
                self.problems.append(f"{path}:{line}: YAML: {first}; cần YAML đúng cú pháp, mỗi khóa một lần")
            except YAMLError as error:
                self.problems.append(f"{path}:1: YAML: {str(error).splitlines()[0]}")
        return sources

    def parse(self, model: type[Entry], source: Source, data: Any, where: Where = ()) -> Entry | None:
        """The entry as a model, or None after its mistakes were reported."""
        name = str(data.get("id") or data.get("name") or "") if isinstance(data, Mapping) else ""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.broken.add(name)
            for mistake in error.errors():
                steps = tuple(step for step in mistake["loc"] if not _is_union_tag(step))
                label = name or source.path.stem
                shown = ".".join(map(str, steps))
                self.report(source, where + steps, f"{label}: {shown}" if shown else label, sentence(mistake))
        return None


def _is_union_tag(step: int | str) -> bool:
    return isinstance(step, str) and (step in {"int", "constrained-str"} or step.startswith(("dict[", "literal[")))


def sentence(mistake: Any) -> str:
    given = mistake.get("input")
    got = "" if isinstance(given, Mapping | list) or mistake["type"] == "missing" else f"; đang có: {given!r}"
    context = mistake.get("ctx") or {}
    if mistake["type"] in {"literal_error", "enum"}:
        return f"cần một trong {context['expected']}{got}"
    if mistake["type"] == "string_pattern_mismatch":
        return f"cần dạng {context['pattern']}{got}"
    if mistake["type"] == "value_error":
        return str(context["error"])
    return EXPECTED.get(mistake["type"], mistake["msg"]) + got
