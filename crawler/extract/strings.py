"""The extractors over plain strings: what `extract phones|dates|labels FILE` runs."""

import io
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from ruamel.yaml import YAML, YAMLError

from crawler.extract.dates import publication_date
from crawler.extract.labels import match_label
from crawler.extract.phones import area_codes_of, find_numbers

Item = Mapping[str, object]


class StringsError(Exception):
    """The file is not the list that the extractors read; the message says where and what was expected."""


def load_items(path: Path, key: str) -> list[dict[str, object]]:
    """Read a YAML list of mappings, each with a text under `key`. Raises StringsError."""
    yaml = YAML(typ="safe", pure=True)
    try:
        items = yaml.load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise StringsError(f"{path}: không đọc được: {error}") from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise StringsError(f"{place}: không phải YAML hợp lệ: {getattr(error, 'problem', error)}") from error
    if not isinstance(items, list):
        raise StringsError(f"{path}:1: cần một danh sách YAML các mục có `{key}`")
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict) or not isinstance(item.get(key), str):
            raise StringsError(f"{path}: mục thứ {number}: cần `{key}` là chuỗi ký tự trong ngoặc kép")
    return items


def _day(item: Item) -> date | None:
    value = item.get("as_of")
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if isinstance(value, str) and value else None


def _phones(item: Item) -> object:
    codes = area_codes_of(str(item.get("province") or ""))
    return [
        {"kind": number.kind, "value": number.value, "number_class": number.number_class}
        for number in find_numbers(str(item["text"]), area_codes=codes)
    ]


def _dates(item: Item) -> object:
    found = publication_date(str(item["text"]), as_of=_day(item))
    return found.day.isoformat() if found else None


def _labels(item: Item) -> object:
    href, kind = item.get("href"), item.get("site_kind")
    found = match_label(
        str(item["label"]),
        href=str(href) if href else None,
        site_kind=str(kind) if kind else None,
        source="file" if item.get("element") == "image" else "text",
    )
    return found.requirement if found else None


EXTRACTORS: Mapping[str, tuple[str, Callable[[Item], object]]] = {
    "phones": ("text", _phones),
    "dates": ("text", _dates),
    "labels": ("label", _labels),
}
"""Name → (the key that holds the string, the extractor)."""


def run_extractor(name: str, path: Path) -> list[dict[str, object]]:
    """The file's items, each with `got` added. Raises StringsError for a file of another shape."""
    key, extractor = EXTRACTORS[name]
    items = load_items(path, key)
    got = []
    for number, item in enumerate(items, 1):
        try:
            got.append({**item, "got": extractor(item)})
        except ValueError as error:  # as_of
            raise StringsError(f"{path}: mục thứ {number}: `as_of` cần dạng YYYY-MM-DD") from error
    return got


def dump_items(items: list[dict[str, object]]) -> str:
    """The items as YAML, keys in their order."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel declares None
    yaml.width = 4096
    out = io.StringIO()
    yaml.dump(items, out)
    return out.getvalue().rstrip()
