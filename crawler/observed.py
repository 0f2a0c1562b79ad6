"""What the crawl observed of each page, kept beside its WARC, so that facts need no second parse.

A remembered result, not evidence: facts are the same without it. It is used only where the very same program wrote it,
for the same area codes, and reads whole; else pages are read from the WARC again. The format is gzipped JSON of plain
values: reading it runs nothing, whatever stands in it, and what is not of the expected shape is not used.
"""

import gzip
import hashlib
import json
import platform
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TextIO, get_args, get_origin, get_type_hints

from lxml import etree

from crawler.extract.observation import Observation

_FOLDER = Path(__file__).parent
_LEVEL = 1


@lru_cache(maxsize=1)
def program_version() -> str:
    """A digest of all that an observation depends on besides the page: our code and data, parser, character tables."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.rglob("*")):
        if path.suffix in (".py", ".yml", ".csv") and path.parent != _FOLDER / "registry":
            digest.update(path.relative_to(_FOLDER).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for part in (etree.LXML_VERSION, etree.LIBXML_VERSION, platform.python_version(), unicodedata.unidata_version):
        digest.update(repr(part).encode())
    return digest.hexdigest()


def place_of(folder: Path, warc: str) -> Path:
    """Where the observations of a WARC lie. `warc`: its path under the evidence folder."""
    return folder / f"{warc.removesuffix('.warc.gz')}.observed.gz"


class ObservedFile:
    """Writes the observations of one crawl, beginning afresh; whole only after `close`.

    Links, entries and contacts that are alike on many pages are written once and then named by their number.
    """

    def __init__(self, folder: Path, warc: str, area_codes: tuple[str, ...]) -> None:
        path = place_of(folder, warc)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = gzip.open(  # noqa: SIM115  # open as long as the crawl goes on
            path, "wt", _LEVEL, encoding="utf-8", errors="surrogatepass"
        )
        self._known = _Parts()
        self._line(_head(area_codes))

    def write(self, record: str, observation: Observation) -> None:
        """Keep what was observed of the page of a WARC record."""
        self._line([record, _PLAIN(observation, self._known)])

    def _line(self, value: Any) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")

    def close(self) -> None:
        self._file.close()


def read_observed(folder: Path, warc: str, area_codes: tuple[str, ...]) -> dict[str, Observation]:
    """WARC record → what was observed of its page; nothing where the file is gone, damaged or another program's."""
    found: dict[str, Observation] = {}
    known: list[Any] = []
    words: dict[str, str] = {}
    try:
        with gzip.open(place_of(folder, warc), "rt", encoding="utf-8", errors="surrogatepass") as file:
            if json.loads(next(file, "null")) != _head(area_codes):
                return {}
            for line in file:
                record, value = json.loads(line)
                found[record] = _BACK(value, known, words)
    except (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError, IndexError, RecursionError):
        return {}
    return found


def _head(area_codes: tuple[str, ...]) -> list[Any]:
    return [program_version(), list(area_codes)]


# Two functions are made from the types of Observation's fields, so that a new field needs no code here. `known`
# numbers the parts in the order in which they come, on both sides.

SHARED = 2000
"""Parts of one site that are remembered while it is crawled: those of the first pages, which are the menus'."""


class _Parts:
    """`numbers` of the parts that are remembered; `count`: how many have been written out."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.count = 0


Plain = Callable[[Any, _Parts], Any]
Back = Callable[[Any, list[Any], dict[str, str]], Any]


def _same(value: Any, known: Any) -> Any:
    return value


def _text(value: Any, known: list[Any], words: dict[str, str]) -> str:
    if type(value) is not str:
        raise TypeError(value)
    return words.setdefault(value, value)


def _functions(kind: Any, *, whole: bool = False) -> tuple[Plain, Back]:
    """(value to plain value, and back) for a type. `whole`: a dataclass that is not shared."""
    if kind is str:
        return _same, _text
    if kind in (bool, int):
        return _same, _checked(kind)
    if kind is date:
        return lambda value, _: value.isoformat(), lambda value, _, __: date.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value, _: value.value, lambda value, _, __: kind(value)
    if isinstance(kind, type) and is_dataclass(kind):
        return _of_dataclass(kind, whole)
    if get_origin(kind) is UnionType and NoneType in get_args(kind):
        plain, back = _functions(next(one for one in get_args(kind) if one is not NoneType))
        return (
            lambda value, known: None if value is None else plain(value, known),
            lambda value, known, words: None if value is None else back(value, known, words),
        )
    if get_origin(kind) is tuple:
        return _of_tuple(get_args(kind))
    raise TypeError(f"no plain form for {kind}")


def _checked(kind: type) -> Back:
    def back(value: Any, known: list[Any], words: dict[str, str]) -> Any:
        if type(value) is not kind:
            raise TypeError(value)
        return value

    return back


def _of_tuple(kinds: tuple[Any, ...]) -> tuple[Plain, Back]:
    if kinds[1:] == (...,):
        plain, back = _functions(kinds[0])
        if plain is _same:
            return (
                lambda value, known: value,
                lambda value, known, words: tuple([back(one, known, words) for one in value]),
            )
        return (
            lambda value, known: [plain(one, known) for one in value],
            lambda value, known, words: tuple([back(one, known, words) for one in value]),
        )
    pairs = [_functions(kind) for kind in kinds]
    return (
        lambda value, known: [plain(one, known) for one, (plain, _) in zip(value, pairs, strict=True)],
        lambda value, known, words: tuple(
            [back(one, known, words) for one, (_, back) in zip(value, pairs, strict=True)]
        ),
    )


def _of_dataclass(kind: type, whole: bool) -> tuple[Plain, Back]:
    hints: Mapping[str, Any] = get_type_hints(kind)
    parts = [(one.name, *_functions(hints[one.name])) for one in fields(kind)]

    def plain_whole(value: Any, known: _Parts) -> Any:
        return [plain(getattr(value, name), known) for name, plain, _ in parts]

    def back_whole(value: Any, known: list[Any], words: dict[str, str]) -> Any:
        return kind(*[back(one, known, words) for one, (_, _, back) in zip(value, parts, strict=True)])

    def plain_shared(value: Any, known: _Parts) -> Any:
        number = known.numbers.get(value)
        if number is not None:
            return number
        written = plain_whole(value, known)
        if len(known.numbers) < SHARED:
            known.numbers[value] = known.count
        known.count += 1
        return written

    def back_shared(value: Any, known: list[Any], words: dict[str, str]) -> Any:
        if type(value) is int:
            part = known[value]
            if type(part) is not kind:
                raise TypeError(value)
            return part
        part = back_whole(value, known, words)
        known.append(part)
        return part

    return (plain_whole, back_whole) if whole else (plain_shared, back_shared)


_PLAIN, _BACK = _functions(Observation, whole=True)
