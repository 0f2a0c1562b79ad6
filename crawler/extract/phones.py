"""Telephone numbers in a contact text: what is a number, of which kind, and what it is in today's numbering plan.

Document numbers, dates, tax codes, accounts, licences and counters are no telephone numbers. The phonenumbers library
decides what is valid today; shorthand ranges, switchboards and the plans of before 2017 and 2018 are ours.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import phonenumbers

from crawler.extract.numbering import AREA_CODES, MERGED_2025, OLD_MOBILE
from crawler.text import fold, written

LIMIT = 20_000
"""Characters of a text that are looked at."""
EMERGENCY = frozenset({"111", "112", "113", "114", "115"})
_OLD_CODES = {old: new for old, new in AREA_CODES.values() if old != new}
_RUN = re.compile(r"(?<!\w)(?<!/(?!0\d\d))(?<!\d[:,])(?:\+|\(\+?|\+\()?\d(?:[\d \t.()–-]*[\d)])?")
_SAMPLE = re.compile(r"\(?0\d{2,3}\)?[ .-]*\d?[xX][ .xX\d-]{4,}")
_TWIN = re.compile(r"\s*\[\+?\d{8,14}\]")
_EXTENSION = re.compile(
    r"\s*[-–,]?\s*\(?\s*(?:máy\s+lẻ|số\s+lẻ|lẻ|ext\.?|nội\s+bộ|nhánh)\s*:?\s*\d{1,5}#?\s*\)?", re.IGNORECASE
)
_LABEL = re.compile(
    r"""(?P<both>(?:điện\s*thoại|đt|tel|phone)\s*(?:/|-|&|và)\s*fax)
      | (?P<fax>(?<![^\W\d_])fax\b|máy\s+fax|📠|(?<!\w)f(?=\s*[:.]\s*[(+\d]))
      | (?P<hotline>đường\s+dây\s+nóng|\bhot\s*-?line\b|\bđdn\b)
      | (?P<switchboard>tổng\s+đài)
      | (?P<phone>điện\s*thoại|\bđ\s*/\s*t\b|\bđt(?:dđ|cq)?\b|\btel\b|\btelephone\b|\bphone\b|\bsđt\b|\bmobile\b|di\s+động|\boffice\b|\bsales\b|\bliên\s+hệ\b|\bgọi\b|[📞☎☏✆]
                |văn\s+phòng|cấp\s+cứu|cứu\s+hỏa|công\s+an|\bpolice\b|\bfire\b|\bemergency\b|trực\s+ban|số\s+máy|bảo\s+vệ\s+trẻ\s+em|\bqua\b(?=\s+(?:số\s+)?\d{3,4}\b)|\bmáy\s+bàn\b|\bdđ\b|\bcall\b|(?<!\w)t(?=\s*[:.]\s*[(+\d]))
      | (?P<other>mã\s+số(?:\s+thuế)?|\bmst\b|tax\s+code|tài\s+khoản|\bstk\b|giấy\s+phép|\bgp[đd]?kkd\b|\bgp\b|đăng\s+ký\s+(?:kinh\s+doanh|lần)|bưu\s+chính|mã\s+bưu|truy\s+cập|lượt\s+(?:xem|truy)
                |\bcmnd\b|\bcccd\b|căn\s+cước|chứng\s+minh|dân\s+số|diện\s+tích|\btcvn\b|tọa\s+độ|hôm\s+nay|tháng\s+này|hôm\s+qua|view\s+count|công\s+văn|quyết\s+định|kế\s+hoạch\s+số|nghị\s+(?:định|quyết)|\bisbn\b|\bissn\b)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SPLITS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:(?!\s+[–-]\s*|–|-\s+|\s{3,}).)+",  # "02713.879.193 - 888.891"
        r"[^-–]+",  # "0271.3888.012-0271.3888.013"
        r"(?:(?!\s(?:\(0|0\d\d|\+84)).)+",  # "02713.879.193 02713.888.891"
    )
)
_SAYS = re.compile(r"[^\d\s().+,;/–-]")
"""What a line holds that is more than numbers: the label above a list of numbers holds for all of them."""
_THREE_DIGITS = re.compile(r"\d\D*\d\D*\d")
"""What a line needs to hold a number: most lines have none, and are not looked at further."""
_MORE = re.compile(r"\s*(?P<sign>[/&,;]|và\b|hoặc\b)\s*(?P<digits>[1-9][\d. -]{1,9}\d)(?![\d/]|[.,]\d)")
"""A further number of the same exchange: "0271.3888.012/3888.013", "0271.3888.012 và 3888.013"."""
_IS_FAX = re.compile(r"\s*\(\s*(?:số\s+)?fax\s*\)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"0{6}|(\d)\1{6}|1234567|0{5}1$")


@dataclass(frozen=True, slots=True)
class ParsedNumber:
    """A number as written. `kind`: phone | fax | hotline; `value`: E.164 where it is valid today, else None."""

    kind: str
    text: str
    value: str | None
    number_class: str
    start: int


def area_codes_of(province: str) -> tuple[str, ...]:
    """The area codes valid today in a province, by its name before or after 2025; () for an unknown name.

    >>> area_codes_of("Tỉnh Bình Phước")
    ('271',)
    >>> area_codes_of("Đồng Nai")
    ('251', '271')
    """
    name = re.sub(r"^(?:tinh|thanh pho|tp)\b\.?\s*", "", fold(province))
    for table, pick in ((MERGED_2025, lambda codes: codes), (AREA_CODES, lambda codes: codes[1:])):
        for known, codes in table.items():
            if re.sub(r"^(?:tp)\b\.?\s*", "", re.sub(r"\s*\(.*", "", fold(known))) == name:
                return tuple(pick(codes))
    return ()


def find_numbers(text: str, *, area_codes: Sequence[str] = ()) -> list[ParsedNumber]:
    """Every telephone number of the text, in order.

    `area_codes`: of the province ("271"): they decide where an old area code looks like a mobile prefix of today.

    >>> [(n.kind, n.value) for n in find_numbers("Hỗ trợ thuế: ĐT 02713.879.193 - 888.891; Fax: 0271.3879.194")]
    [('phone', '+842713879193'), ('phone', '+842713888891'), ('fax', '+842713879194')]
    >>> find_numbers("Giấy phép số 612/GP-STTTT, mã số thuế 3800100118")
    []
    """
    text = written(text[:LIMIT])
    found: list[ParsedNumber] = []
    offset, above = 0, ""
    for line in text.split("\n"):
        if _THREE_DIGITS.search(line):
            for number in _line_numbers(line, above, tuple(area_codes)):
                found.append(
                    ParsedNumber(number.kind, number.text, number.value, number.number_class, number.start + offset)
                )
        above = line if _SAYS.search(line) else above
        offset += len(line) + 1
    return found


def _line_numbers(line: str, above: str, codes: tuple[str, ...]) -> Iterator[ParsedNumber]:
    position = 0
    labels = cache(lambda: _labels(line))  # looked for where a number stands, and once a line
    samples = {match.start(): match for match in _SAMPLE.finditer(line)}
    for match in _RUN.finditer(line):
        if match.start() < position:
            continue
        if match.start() in samples:
            sample = samples[match.start()]
            position = sample.end()
            yield ParsedNumber(
                _kind(match.start(), above, line, labels()), sample[0].strip(), None, "placeholder", match.start()
            )
            continue
        if not _THREE_DIGITS.search(match[0]):
            continue
        label = _label(match.start(), above, line, labels())
        if label == "other":
            continue
        after = line[match.end() :]
        if re.match(r"\s*/\s*[^\W\d]", after) or (re.match(r"/\d{1,4}(?:\D|$)", after) and len(match[0]) < 6):
            continue
        kind = {"fax": "fax", "hotline": "hotline"}.get(label or "", "phone")
        if _IS_FAX.match(after):
            kind = "fax"
        parts = list(_parts(match[0], label is not None, codes, line))
        for text, value, number_class, start in parts:
            yield ParsedNumber(kind, text, value, number_class, match.start() + start)
        position = match.end()
        if parts:
            tail = _TWIN.match(line, position) or _EXTENSION.match(line, position)
            position = tail.end() if tail else position
            for number in _further(line, position, parts[-1], kind, codes):
                yield number
                position = number.start + len(number.text)


def _further(
    line: str, position: int, part: tuple[str, str | None, str, int], kind: str, codes: tuple[str, ...]
) -> Iterator[ParsedNumber]:
    """Numbers written without their area code behind one that has it; three digits only behind "/", "&" and "và"."""
    before = _national(part[0])
    while before and (match := _MORE.match(line, position)):
        digits = re.sub(r"\D", "", match["digits"])
        if len(digits) >= len(before) - 1 or len(digits) < (6 if match["sign"] in ",;" else 3):
            return
        value, number_class = classify_number(before[: -len(digits)] + digits, area_codes=codes)
        if number_class == "malformed":
            return
        yield ParsedNumber(kind, match["digits"], value, number_class, match.start("digits"))
        position = match.end()


def _national(text: str) -> str:
    """The digits with the leading zero, "" where the number is not written with its area code."""
    digits = re.sub(r"\D", "", text)
    return digits if digits.startswith("0") else "0" + digits[2:] if digits.startswith("84") else ""


def _label(start: int, above: str, line: str, labels: tuple[tuple[int, str], ...]) -> str | None:
    """The label that governs a place: the nearest before it, else the line above's where a line begins with the number."""
    place = bisect_right(labels, start, key=lambda label: label[0])
    if place:
        end, name = labels[place - 1]
        return name if start - end <= 90 else None
    if not re.search(r"[^\W\d_]", line[:start]):
        return next((name for _, name in reversed(_labels(above))), None)
    return None


def _labels(line: str) -> tuple[tuple[int, str], ...]:
    """(end, name) of the labels in a line. No label depends on which digits stand there, and most lines come again."""
    line = re.sub(r"\d", "0", line)
    return _labels_in(line) if len(line) <= 300 else _labels_in.__wrapped__(line)


@lru_cache(maxsize=4096)
def _labels_in(line: str) -> tuple[tuple[int, str], ...]:
    return tuple((match.end(), match.lastgroup or "") for match in _LABEL.finditer(line))


def _kind(start: int, above: str, line: str, labels: tuple[tuple[int, str], ...]) -> str:
    return {"fax": "fax", "hotline": "hotline"}.get(_label(start, above, line, labels) or "", "phone")


def _parts(run: str, labelled: bool, codes: tuple[str, ...], line: str) -> Iterator[tuple[str, str | None, str, int]]:
    """(text, value, class, start) of the numbers in a run of digits and separators."""
    bare = re.sub(r"\s*\(\d{1,4}\)$", "", run) if len(re.sub(r"\D", "", run)) > 11 else run
    bare = re.sub(r"\s*\(\d{0,3}$", "", bare)  # "… (3 số)"
    whole = _accept(bare, labelled, codes, line)
    if whole and whole[1] != "malformed":
        yield bare, *whole, 0
        return
    pieces: list[tuple[str, int]] = []
    for split in _SPLITS:
        pieces = [(piece[0], piece.start()) for piece in split.finditer(bare)]
        strict = split is not _SPLITS[0]  # a bare dash or space parts only what is a number by itself on either side
        if len(pieces) > 1 and (not strict or _all_numbers([piece for piece, _ in pieces], codes, line)):
            break
        pieces = []
    if len(pieces) < 2:
        if whole:
            yield bare, *whole, 0
        return
    before, before_class = "", ""
    for piece, start in pieces:
        text = piece.strip(" .-–")
        digits = re.sub(r"\D", "", text)
        if before and 2 <= len(digits) <= 8 and not digits.startswith("0") and len(digits) < len(before):
            value, number_class = classify_number(before[: -len(digits)] + digits, area_codes=codes)
            if before_class == "outdated_area_code":  # a range has one area code
                value, number_class = None, before_class
            if number_class != "malformed":
                yield text, value, number_class, start
                continue
        got = _accept(text, labelled, codes, line)
        if got:
            yield text, *got, start
            before_class = got[1]
            before = _national(text)


def _all_numbers(pieces: list[str], codes: tuple[str, ...], line: str) -> bool:
    """Each is a number by itself, or the last digits of one after the first: "0271.3888.012-013"."""
    if not _is_number(pieces[0], codes, line):
        return False
    return all(_is_number(piece, codes, line) or re.fullmatch(r"\s*\d{2,3}\s*", piece) for piece in pieces[1:])


def _is_number(text: str, codes: tuple[str, ...], line: str) -> bool:
    got = _accept(text.strip(" .-–"), True, codes, line)
    return got is not None and got[1] != "malformed"


def _accept(text: str, labelled: bool, codes: tuple[str, ...], line: str) -> tuple[str | None, str] | None:
    """(value, class) if the text is to be taken as a number here, None if it is none."""
    digits = re.sub(r"\D", "", text)
    if len(digits) == 3:
        calls = re.search(
            rf"(?:gọi|qua|số máy|hotline|police|fire|emergency|công\s+an|cứu\s+h[ỏo]a|cấp\s+cứu|tổng\s+đài|đường dây nóng|điện thoại|[☎📞])[^.;]*?\b{digits}\b",
            line,
            re.IGNORECASE,
        )
        alone = line.strip() == digits and labelled
        address = re.search(rf"(?:nhà|số|đường|phố|tầng|ngõ)\s+{digits}\b", line, re.IGNORECASE)
        return (
            (None, "emergency") if digits in EMERGENCY and text == digits and (calls or alone) and not address else None
        )
    if digits == "1022":
        return (None, "switchboard") if labelled and text == digits else None
    if len(digits) < 6 or len(digits) > 15:
        return None
    value, number_class = classify_number(text, area_codes=codes)
    formatted = bool(re.match(r"\(\s*(?:0|\+?84)", text)) or text.startswith("+84")
    starts_well = formatted or digits.startswith(("0", "1800", "1900", "84"))
    if number_class == "malformed":
        return (None, number_class) if starts_well and (labelled or formatted) and not _looks_like_date(text) else None
    if number_class in ("outdated_area_code", "outdated_mobile", "toll_free", "premium", "service") and not (
        labelled or formatted or text != digits
    ):
        return None
    return (value, number_class) if starts_well else None


def _looks_like_date(text: str) -> bool:
    return bool(re.fullmatch(r"\d{1,2}[./ -]+\d{1,2}[./ -]+(?:\d{4}|\d\d)", text.strip()))


@lru_cache(maxsize=4096)
def classify_number(written: str, *, area_codes: tuple[str, ...] = ()) -> tuple[str | None, str]:
    """(E.164 or None, number_class) of one number as written.

    >>> classify_number("(0651) 3.888.012", area_codes=("271",))
    (None, 'outdated_area_code')
    >>> classify_number("0271.1022")
    (None, 'switchboard')
    >>> classify_number("0271.388.012")
    (None, 'malformed')
    """
    groups = re.findall(r"\d+", written)
    if not groups:
        return None, "malformed"
    abroad = groups[0].startswith(("84", "0084")) and (
        "+" in written.split(groups[0])[0] or groups[0] in ("84", "0084") or groups[0].startswith("0084")
    )
    if abroad:
        groups[0] = groups[0].removeprefix("00")[2:]
        groups = [group for group in groups if group]
    elif "".join(groups).startswith(("1800", "1900")):
        digits = "".join(groups)
        if 8 <= len(digits) <= 10:
            return None, "toll_free" if digits.startswith("1800") else "premium"
        return None, "malformed"
    if groups and groups[0] == "0":
        groups = groups[1:]
    national = "".join(groups)
    if not abroad and not written.lstrip("( ").startswith("0"):
        return None, "malformed"
    if national.startswith("0"):
        national = national[1:]
        groups[0] = groups[0].lstrip("0") or groups[0]
    first = groups[0] if groups else ""
    if re.fullmatch(r"2\d{1,2}1022", national):
        return None, "switchboard"
    if re.fullmatch(r"69\d{7}|80\d{5,6}", national):  # army and police; the government's own exchange
        return None, "service"
    value, number_class = _classify_national(national, first, area_codes)
    if _PLACEHOLDER.search(national):
        return value, "placeholder"
    return value, number_class


def _classify_national(national: str, first: str, area_codes: tuple[str, ...]) -> tuple[str | None, str]:
    new_codes = {new for _, new in AREA_CODES.values()}
    outdated = first not in new_codes and next(
        (code for code in sorted(_OLD_CODES, key=len, reverse=True) if _is_old(national, code)), None
    )
    # a group of its own ("08.3896…", "052.38…" in Quảng Bình) is an old code though a mobile prefix looks alike
    written_apart = first in ("4", "8") and _is_old(national, first)
    at_home = first in _OLD_CODES and _OLD_CODES[first] in area_codes and _is_old(national, first)
    if written_apart or at_home:
        return None, "outdated_area_code"
    number = phonenumbers.PhoneNumber(country_code=84, national_number=int(national or 0))
    if phonenumbers.is_valid_number(number):
        sort = phonenumbers.number_type(number)
        mobile = sort in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
        return f"+84{national}", "mobile" if mobile else "fixed"
    if len(national) == 10 and (national[:3] in OLD_MOBILE):
        return None, "outdated_mobile"
    return None, "outdated_area_code" if outdated else "malformed"


def _is_old(national: str, code: str) -> bool:
    """Old area code and a subscriber number of that time: 8 digits in Hà Nội and Hồ Chí Minh City, else 7."""
    return national.startswith(code) and len(national) == len(code) + (8 if code in ("4", "8") else 7)
