"""The vocabulary of menu labels: crawler/vocabulary.yml, read once, checked whole, and indexed for look-ups."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

from crawler.facts import Kind
from crawler.text import fold, plain

VOCABULARY = Path(__file__).parents[1] / "vocabulary.yml"
_PARTS = ("abbreviations", "neutral", "reject", "requirements", "also")
_REQUIREMENT = re.compile(r"[A-Z]{3}-\d\d")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


class VocabularyError(Exception):
    """vocabulary.yml is wrong; the message names file, line and what was expected."""


@dataclass(frozen=True, slots=True)
class Known:
    """A label of the vocabulary. `only`: kinds of site for which it counts, () for all. `rank`: place of its entry."""

    requirement: str
    label: str
    only: frozenset[str]
    rank: int

    def counts_for(self, kind: str | None) -> bool:
        return not self.only or kind is None or kind in self.only


@dataclass(frozen=True, slots=True)
class Index:
    """The vocabulary, by what is looked up: plain words, folded words, and folded letters without spaces."""

    labels: Mapping[str, tuple[str, ...]]
    exact: Mapping[str, tuple[Known, ...]]
    folded: Mapping[str, tuple[Known, ...]]
    squashed: Mapping[str, tuple[Known, ...]]  # also with every đ lost
    longest: int  # words of the longest label
    neutral: frozenset[tuple[str, ...]]  # plain words
    neutral_folded: frozenset[tuple[str, ...]]
    reject: re.Pattern[str]  # in plain words
    reject_folded: re.Pattern[str]
    also: Mapping[str, tuple[str, ...]]
    abbreviations: Mapping[str, str]  # plain word → plain words


def words_of(text: str) -> str:
    """The words alone, separated by single spaces ("Chỉ đạo - điều hành" and "Chỉ đạo, điều hành" are one)."""
    return " ".join(_WORD.findall(text))


def expand(words: str, abbreviations: Mapping[str, str]) -> str:
    """Plain words with the abbreviations among them written out; pairs ("kt xh", of "KT-XH") before single words."""
    found: list[str] = []
    parts = words.split()
    place = 0
    while place < len(parts):
        pair = abbreviations.get(" ".join(parts[place : place + 2])) if place + 1 < len(parts) else None
        found.append(pair or abbreviations.get(parts[place], parts[place]))
        place += 2 if pair else 1
    return " ".join(found)


def fold_plain(words: str) -> str:
    """Plain words without their diacritics: tone letters (capitals) go, the rest is folded."""
    return fold("".join(letter for letter in words if letter not in "FSXRJ"))


@lru_cache(maxsize=1)
def index() -> Index:
    """The shipped vocabulary."""
    return load_vocabulary()


def load_vocabulary(path: Path = VOCABULARY) -> Index:
    """Read and check a vocabulary. Raises VocabularyError."""
    data = _read(path)

    def fail(line: int, message: str) -> VocabularyError:
        return VocabularyError(f"{path}:{line + 1}: {message}")

    for name in ("neutral", "reject"):
        if (
            not isinstance(data[name], list)
            or not all(isinstance(one, str) for one in data[name])
            or not _terms(data[name])
        ):
            raise fail(data.lc.key(name)[0], f"{name}: expected a list of phrases, not empty")
    for name in ("abbreviations", "requirements", "also"):
        if not isinstance(data[name], Mapping):
            raise fail(data.lc.key(name)[0], f"{name}: expected entries")
    written_out = {
        words_of(plain(str(key))): words_of(plain(str(value))) for key, value in data["abbreviations"].items()
    }
    exact: dict[str, list[Known]] = {}
    folded: dict[str, list[Known]] = {}
    squashed: dict[str, list[Known]] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for rank, (requirement, entry) in enumerate(data["requirements"].items()):
        line = data["requirements"].lc.key(requirement)[0]
        if problem := _entry_problem(str(requirement), entry):
            raise fail(line, f"{requirement}: {problem}")
        only = frozenset(entry.get("only", ()))
        for text in entry["labels"]:
            known = Known(str(requirement), str(text), only, rank)
            words = expand(words_of(plain(text)), written_out)
            for table, key in ((exact, words), (folded, fold_plain(words))):
                if known not in table.setdefault(key, []):
                    table[key].append(known)
            for form in (fold(text), fold(text.casefold().replace("đ", ""))):
                squashed.setdefault(words_of(form).replace(" ", ""), []).append(known)
        for text in entry.get("files", ()):
            known = Known(str(requirement), str(text), only, rank)
            squashed.setdefault(words_of(fold(text)).replace(" ", ""), []).append(known)
        labels[str(requirement)] = tuple(str(text) for text in entry["labels"])
    for requirement, others in data["also"].items():
        for other in (requirement, *(others if isinstance(others, list) else [None])):
            if not _REQUIREMENT.fullmatch(str(other)):
                raise fail(data["also"].lc.key(requirement)[0], f"also: {other}: expected requirement ids")
    return Index(
        labels=labels,
        exact={key: tuple(value) for key, value in exact.items()},
        folded={key: tuple(value) for key, value in folded.items()},
        squashed={key: tuple(value) for key, value in squashed.items()},
        longest=max((len(key.split()) for key in folded), default=0),
        neutral=frozenset(tuple(words_of(plain(text)).split()) for text in _terms(data["neutral"])),
        neutral_folded=frozenset(tuple(words_of(fold(text)).split()) for text in _terms(data["neutral"])),
        reject=_alternation(words_of(plain(text)) for text in _terms(data["reject"])),
        reject_folded=_alternation(words_of(fold(text)) for text in _terms(data["reject"])),
        also={str(key): tuple(map(str, value)) for key, value in data["also"].items()},
        abbreviations=written_out,
    )


def _read(path: Path) -> Any:
    try:
        data = YAML().load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VocabularyError(f"{path}: {error.strerror}") from error
    except (YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise VocabularyError(f"{path}:{mark.line + 1 if mark else 1}: {getattr(error, 'problem', error)}") from error
    if not isinstance(data, Mapping) or set(data) != set(_PARTS):
        raise VocabularyError(f"{path}:1: expected the parts {', '.join(_PARTS)}")
    return data


def _entry_problem(requirement: str, entry: Any) -> str | None:
    if not _REQUIREMENT.fullmatch(requirement):
        return "expected a requirement id such as INT-01"
    if not isinstance(entry, Mapping) or set(entry) - {"labels", "files", "only"}:
        return "expected labels, and perhaps files and only"
    for name in ("labels", "files", "only"):
        listed = entry.get(name, [])
        if not isinstance(listed, list) or (name in entry and not listed):
            return f"{name}: expected a list, not empty"
        if wrong := next((one for one in listed if not isinstance(one, str) or not words_of(one)), None):
            return f"{name}: {wrong!r}: expected text"
    if not entry.get("labels"):
        return "expected labels"
    if short := next((one for one in entry["labels"] if len(words_of(one)) < 3), None):
        return f"{short!r}: a label of one or two letters names too much; quote a label that holds commas"
    if strange := set(entry.get("only", ())) - set(Kind):
        return f"only: {', '.join(sorted(strange))}: expected kinds of site: {', '.join(Kind)}"
    return None


def _terms(phrases: Iterable[str]) -> list[str]:
    return [phrase for phrase in phrases if words_of(phrase)]


def _alternation(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\S)(?:" + "|".join(map(re.escape, phrases)) + r")(?!\S)")
