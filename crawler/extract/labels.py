"""Which requirement a menu label names: exact with diacritics, then folded, then words around it, then typing errors.

A label names a requirement only if all of its words are accounted for: the words of known labels, neutral words around
them ("năm 2024"), and the name of a body at the end ("Sở Nông nghiệp và Môi trường"). So a news title that merely holds
a known phrase names nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from rapidfuzz import fuzz, process

from crawler.extract.numbering import AREA_CODES, MERGED_2025
from crawler.extract.vocabulary import Index, Known, expand, fold_plain, index, words_of
from crawler.text import clean, fold, plain

SENTENCE = 9
"""Of a longer label one known label makes up half."""
MAX_WORDS = 18
"""Longer labels are titles of news, unless they list something ("Danh sách …")."""
FUZZY_FLOOR = 90
"""Of rapidfuzz's ratio: two typing errors in a label of twenty letters."""

_COUNT = re.compile(r"[(\[]\s*\d+\s*[)\]]\s*$")
_FILE_NAME = re.compile(r"(?:^\d+[_-])|(?:\.(?:png|jpe?g|gif|svg|webp|bmp|ico|aspx?|html?|php)$)", re.IGNORECASE)
_FILE_PREFIX = re.compile(r"^(?:btn|icon|ic|img|image|banner|bn|logo|menu|nut|bg)[ _-]+", re.IGNORECASE)
_FILE_TAIL = re.compile(r"(?:\d[0-9a-z]*|hover|icon|banner|small|large|new|web|off|on|to|l)+$")
_HASH = re.compile(r"(?<=[a-z])[0-9a-f]{4}$")
"""What a mirroring program puts behind a name."""
_SLUG_TAIL = re.compile(r"(?:[-_.]?c?\d+)?(?:\.(?:html?|aspx?|php|jsp))?$", re.IGNORECASE)
_PAGE_TAIL = re.compile(r"\.(?:html?|aspx?|php|jsp)$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# in plain words (the tone stands last: sở = sơR); a body's name begins here and runs to the end of the label
_BODY = frozenset(words_of(plain(word)) for word in ("sở", "ubnd", "huyện", "tỉnh", "xã", "phường", "cục", "tp"))
_BODY_PAIRS = frozenset(
    words_of(plain(pair))
    for pair in ("thị xã", "thị trấn", "thành phố", "ủy ban", "đặc khu", "văn phòng", "thanh tra", "đảng ủy")
)
_NO_BODY = frozenset(
    words_of(plain(pair))
    for pair in (
        "sở hữu",
        "sở thích",
        "sở thú",
        "sở trường",
        "xã hội",
        "tỉnh đoàn",
        "cục bộ",
        "xã luận",
        "huyện ủy",
        "tỉnh ủy",
    )
)
_STARTS_BODY = re.compile(
    r"(?:"
    + "|".join(
        words_of(plain(one))
        for one in (
            "cục",
            "chi cục",
            "trung tâm",
            "sở",
            "viện",
            "trường",
            "công ty",
            "bệnh viện",
            "đài",
            "ban quản lý",
            "ban tổ chức",
            "thanh tra tỉnh",
            "thanh tra sở",
            "ban dân tộc",
        )
    )
    + r")(?!\S)"
    r"|" + words_of(plain("phòng")) + r"(?! " + words_of(plain("chống")) + r")(?!\S)"
)
_DOES = re.compile(
    r"(?<!\S)(?:"
    + "|".join(
        words_of(plain(one))
        for one in (
            "thăm",
            "chúc",
            "tặng",
            "dự",
            "họp",
            "đón",
            "ký",
            "làm việc",
            "kiểm tra",
            "chủ trì",
            "triển khai",
            "phát động",
            "ra quân",
            "tiếp công dân",
            "tiếp xúc",
            "tổ chức",
            "tham dự",
            "khai mạc",
            "trao",
            "gặp",
        )
    )
    + r")(?!\S)"
)
BODY_WORDS = 9
_FIELD = words_of(plain("lĩnh vực"))
FIELD_WORDS = 8
"""Of "lĩnh vực …" at the end of a label."""


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """What a label names. `also`: further requirements that are right too. `label`: the vocabulary's entry."""

    requirement: str
    also: tuple[str, ...]
    match: str  # exact | folded | fuzzy | slug
    label: str


def vocabulary() -> Mapping[str, tuple[str, ...]]:
    """Requirement id → its labels as written in vocabulary.yml."""
    return index().labels


def match_label(
    label: str, *, href: str | None = None, site_kind: str | None = None, source: str = "text"
) -> LabelMatch | None:
    """The requirement that a menu label, heading or image name names; None where it names none.

    `source` "file": the label is the file name of an image. `href` helps only where the label itself has no words,
    or is a file name. Near misses ("Liên hệ quảng cáo", "Tin tức thể thao") give None.

    >>> match_label("CƠ CẤU TỔ CHỨC").requirement
    'INT-01'
    >>> match_label("Lãnh đạo Sở Nông nghiệp và Phát triển nông thôn").requirement
    'INT-05'
    >>> match_label("Hội thảo góp ý dự thảo Đề án thành phố thông minh")
    >>> match_label("duong_day_nong.png", source="file").requirement
    'CON-05'
    """
    if len(label) > 400:
        return None
    found = _match(label, None, site_kind, source)  # asked without the address, an answer serves all pages
    if found is None and href and (source == "file" or not _has_words(label)):
        return _match(label, href, site_kind, source)
    return found


@lru_cache(maxsize=20_000)
def _has_words(label: str) -> bool:
    return bool(expand(words_of(plain(_COUNT.sub("", clean(label)))), index().abbreviations))


@lru_cache(maxsize=20_000)
def _match(label: str, href: str | None, kind: str | None, source: str) -> LabelMatch | None:
    known = index()
    if source == "file":
        return _match_file(label, kind, known) or (_match_address(href, kind, known) if href else None)
    text = _COUNT.sub("", clean(label))
    exact = expand(words_of(plain(text)), known.abbreviations)
    if not exact:
        return _match_address(href, kind, known) if href else None
    folded = fold_plain(exact)
    if found := _whole(exact, folded, kind, known):
        return found
    has_marks = exact != folded
    if _STARTS_BODY.match(exact):
        return None
    head = _without_body(exact.split(), has_marks)
    if len(head) < len(exact.split()):
        shorter = " ".join(head)
        if _STARTS_BODY.match(shorter) or fold_plain(shorter) in (
            "ubnd",
            "hdnd",
            "uy ban nhan dan",
            "hoi dong nhan dan",
        ):
            return None  # "UBND phường 5" is a body, no section
        if found := _whole(shorter, fold_plain(shorter), kind, known):
            return LabelMatch(found.requirement, found.also, "folded", found.label)
        exact, folded = shorter, fold_plain(shorter)
    if known.reject.search(exact) or (not has_marks and known.reject_folded.search(folded)):
        return None
    return _by_words(exact.split(), folded.split(), has_marks, kind, known) or _fuzzy(exact, folded, kind, known)


def _whole(exact: str, folded: str, kind: str | None, known: Index) -> LabelMatch | None:
    """The whole label is a known one, to the letter or but for diacritics.

    "Thống tin" is not "Thông tin": a short label with diacritics of its own may have one wrong, and rejected pairs
    stand in the vocabulary.
    """
    if found := _pick(known.exact.get(exact, ()), kind):
        return _result(found, "exact", known)
    if found := _pick(known.folded.get(folded, ()), kind):
        if exact != folded and known.reject.search(exact):
            return None
        wrong = sum(
            a != b
            for a, b in zip(
                exact.split(), expand(words_of(plain(found.label)), known.abbreviations).split(), strict=False
            )
        )
        if exact == folded or len(folded.split()) >= 3 or wrong <= 1:
            return _result(found, "folded", known)
    return None


def _pick(candidates: Sequence[Known], kind: str | None) -> Known | None:
    if not candidates:
        return None
    return min((one for one in candidates if one.counts_for(kind)), key=lambda one: one.rank, default=None)


def _result(found: Known, match: str, known: Index, further: Sequence[Known] = ()) -> LabelMatch:
    more = [one.requirement for one in further] + list(known.also.get(found.requirement, ()))
    also = tuple(dict.fromkeys(one for one in more if one != found.requirement))
    return LabelMatch(found.requirement, also, match, found.label)


def _without_body(words: list[str], has_marks: bool) -> list[str]:
    """The label without the name of a body at its end: "Liên hệ Sở Công Thương" is "Liên hệ".

    What follows a body's name and does something ("… thăm và chúc Tết") is a sentence: nothing is taken away.
    """
    if not has_marks:
        return words
    for place in range(1, len(words)):
        pair = " ".join(words[place : place + 2])
        if (words[place] in _BODY or pair in _BODY_PAIRS) and pair not in _NO_BODY:
            tail = words[place:]
            if len(tail) > BODY_WORDS or _DOES.search(" ".join(tail[1:])):
                return words
            return words[:place]
        if " ".join(words[place:]) in _provinces() or (pair == _FIELD and len(words) - place <= FIELD_WORDS):
            return words[:place]
    return words


@lru_cache(maxsize=1)
def _provinces() -> frozenset[str]:
    """The names of the provinces before and after 2025, in plain words."""
    names = (re.sub(r"^TP\. |\s*\(.*", "", name) for name in (*AREA_CODES, *MERGED_2025))
    return frozenset(words_of(plain(name)) for name in names)


def _by_words(
    exact: list[str], folded: list[str], has_marks: bool, kind: str | None, known: Index
) -> LabelMatch | None:
    """Cover the label with known labels and neutral words; the longest decides, the others are also right."""
    if len(folded) != len(exact) or len(exact) > MAX_WORDS + 8:
        return None
    covered = [False] * len(exact)
    found: list[tuple[int, Known]] = []
    neutral = known.neutral if has_marks else known.neutral_folded
    words = exact if has_marks else folded
    for size in range(min(known.longest, len(exact)), 0, -1):
        for start in range(len(exact) - size + 1):
            if any(covered[start : start + size]) or (size == 1 and (words[start],) in neutral):
                continue
            hit = _pick(known.exact.get(" ".join(exact[start : start + size]), ()), kind)
            if hit is None and (size >= 3 or not has_marks):
                hit = _pick(known.folded.get(" ".join(folded[start : start + size]), ()), kind)
            if hit is not None:
                covered[start : start + size] = [True] * size
                found.append((size, hit))
    if not found:
        return None
    longest = max(size for size, _ in found)
    if len(exact) > SENTENCE and 2 * longest < len(exact) and folded[:2] != ["danh", "sach"]:
        return None  # a title that holds known words here and there
    best = min((hit for size, hit in found if size == longest), key=lambda hit: hit.rank)
    for size in (4, 3, 2, 1):
        for start in range(len(words) - size + 1):
            if tuple(words[start : start + size]) in neutral:
                covered[start : start + size] = [True] * size
    for place, word in enumerate(folded):
        covered[place] = covered[place] or word.isdigit() or re.fullmatch(r"[ivx]+", word) is not None
    left = covered.count(False)
    lists = folded[:2] == ["danh", "sach"] and left <= len(folded) // 3
    whole = left == 0 and len(exact) <= MAX_WORDS and not (longest == 1 and len(exact) > 3 and not best.label.isupper())
    one_word_more = left == 1 and longest >= 4 and not _DOES.search(" ".join(exact)) and covered[0]
    if not (whole or lists or one_word_more):
        return None
    return _result(best, "folded", known, [hit for _, hit in found])


def _fuzzy(exact: str, folded: str, kind: str | None, known: Index) -> LabelMatch | None:
    """A known label with typing errors: as many words, each near its counterpart, with diacritics and without."""
    if not 8 <= len(folded) <= 60:
        return None
    hit = process.extractOne(folded, known.folded.keys(), scorer=fuzz.ratio, score_cutoff=FUZZY_FLOOR)
    if hit is None or (found := _pick(known.folded[hit[0]], kind)) is None:
        return None
    pairs = list(zip(exact.split(), expand(words_of(plain(found.label)), known.abbreviations).split(), strict=False))
    same_length = len(hit[0].split()) == len(folded.split())
    near = all(a == b or fuzz.ratio(a, b) >= 60 for a, b in pairs)
    wrong = sum(a != b for a, b in pairs)
    return _result(found, "fuzzy", known) if same_length and near and wrong <= 1 + len(pairs) // 4 else None


def _match_file(name: str, kind: str | None, known: Index) -> LabelMatch | None:
    stem = unquote(name).rsplit("/", 1)[-1] if re.search(r"\.\w{2,4}$", name) else unquote(name)
    for _ in range(2):
        stem = _FILE_NAME.sub("", stem)
    stem = _FILE_PREFIX.sub("", stem)
    for form in (stem, _HASH.sub("", stem)):
        text = words_of(fold(_CAMEL.sub(" ", form).replace("_", " ").replace("-", " ")))
        if found := _pick(known.folded.get(text, ()), kind):
            return _result(found, "folded", known)
        words = text.split()
        if len(words) >= 3 and (several := _by_words(words, words, False, kind, known)):
            return several
    text = words_of(fold(_CAMEL.sub(" ", stem).replace("_", " ").replace("-", " ")))
    squashed = text.replace(" ", "")
    for form in (squashed, squashed.rstrip("0123456789"), _FILE_TAIL.sub("", squashed)):
        if len(form) >= 3 and (found := _pick(known.squashed.get(form, ()), kind)):
            return _result(found, "slug", known)
    # "tuyendungcongchucvienchuc": a long known name with more behind it
    for cut in range(1, len(squashed) - 9):
        if found := _pick(known.squashed.get(squashed[:-cut], ()), kind):
            return _result(found, "slug", known)
    return None


def _match_address(href: str, kind: str | None, known: Index) -> LabelMatch | None:
    """By the last part of a path, or by the value of a query that names a page (?com=lien-he)."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    last = unquote(parts.path).rstrip("/").rsplit("/", 1)[-1]
    slugs = [_PAGE_TAIL.sub("", last), _SLUG_TAIL.sub("", last)]  # "covid-19.html", "tin-tuc-12.html"
    slugs += [value for _, value in (pair.partition("=")[::2] for pair in unquote(parts.query).split("&"))]
    for slug in slugs:
        squashed = words_of(fold(slug.replace("_", " ").replace("-", " "))).replace(" ", "")
        if len(squashed) >= 3 and (found := _pick(known.squashed.get(squashed, ()), kind)):
            return _result(found, "slug", known)
    return None
