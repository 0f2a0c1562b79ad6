"""Dates in Vietnamese text: a small grammar, day before month, and the role that each date plays where it stands.

Pure and strict: an impossible date gives none, a date without a year gives none, nothing is completed by guessing.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from crawler.text import fold, written

LIMIT = 20_000
"""Characters of a text that are looked at: a publication date stands at the head of an item."""
VIETNAM = timezone(timedelta(hours=7))
EARLIEST = date(1997, 1, 1)
"""No government site of Vietnam is older: an earlier "publication date" is an unset field."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "một|giêng|january|jan", "hai|february|feb", "ba|march|mar", "tư|bốn|april|apr", "năm|may", "sáu|june|jun",
            "bảy|bẩy|july|jul", "tám|august|aug", "chín|september|sep|sept", "mười|october|oct",
            "mười một|mười mốt|november|nov", "mười hai|chạp|december|dec",
        ),
        1,
    )
    for name in names.split("|")
}  # fmt: skip
_MONTH_WORDS = "|".join(name.replace(" ", r"\s") for name in sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"""
      (?<![\w/.,:-])(?P<d1>\d{{1,2}})\s?(?P<sep>[/.–-])\s?(?P<m1>\d{{1,2}})\s?(?P=sep)\s?(?P<y1>\d{{4}}|\d\d)(?![\d/]|[.,-]\d)
    | (?<![\w/.-])(?P<y2>\d{{4}})[-/](?P<m2>\d\d)[-/](?P<d2>\d\d)(?!\d)
    | (?<!\d)(?P<d3>\d{{1,2}})\s*tháng\s*(?P<m3>\d{{1,2}})(?:\s*,?\s*năm\s*|\s*[,/-]?\s*)(?P<y3>\d{{4}})(?!\d)
    | (?<!\d)(?P<d4>\d{{1,2}})\s+(?:tháng\s+)?(?P<m4>{_MONTH_WORDS})\s*,?\s*(?:năm\s+)?(?P<y4>\d{{4}})(?!\d)
    | (?<!\w)(?P<named>tháng\s+)?(?P<m5>{_MONTH_WORDS})\s+(?P<d5>\d{{1,2}})\s*,\s*(?P<y5>\d{{4}})(?!\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FOUR_DIGITS = re.compile(r"\d(?:\D*\d){3}")
"""No date has fewer; most texts have none."""
_RELATIVE = re.compile(
    r"(?P<count>\d{1,3})\s+(?P<unit>ngày|giờ|phút|giây)\s+trước|(?P<word>hôm\s+qua|hôm\s+kia|hôm\s+nay|vừa\s+xong)(?!\s*,?\s*ngày)",
    re.IGNORECASE,
)
_WEEKDAY = r"(?:thứ\s*(?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|chủ\s*nhật|t[2-7]|cn)"
_ENGLISH_DAY = re.compile(r"\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)day\b", re.IGNORECASE)
_TIME = r"\d{1,2}\s*[:hg]\s*\d{0,2}(?:\s*['p]|:\d{1,2})?(?:\s*(?:am|pm|sa|ch|giờ|phút))?"
_ISO_T = re.compile(r"(?<=\d-\d\d)T(?=\d\d:\d\d)")
_FURNITURE = re.compile(
    rf"""{_WEEKDAY}|{_TIME}|gmt\s*[+-]?\s*\d*|\bict\b|[+-]\d\d:?\d\d\b
      | \(?\s*(?:lượt\s+(?:xem|đọc)|số\s+lượt\s+xem|view\s*counts?|views?|đã\s+xem|xem|lượt\s+truy\s+cập)\s*:?\s*[\d.,]*\s*(?:lượt)?\s*\)?
      | \d[\d.,]*\s*(?:lượt\s+(?:xem|đọc)|views?|lần\s+xem)
      | \b(?:ngày|lúc|vào|hồi|date|time|đăng|bởi|thời\s+gian)\b | [^\w]+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"(?:ngày\s+(?:đăng|xuất\s+bản|đưa\s+tin|viết|tạo|gửi|phát\s+hành|công\s+bố|đăng\s+tải|đăng\s+tin|trả\s+lời)(?:\s+tin)?"
    r"|(?:được\s+)?đăng(?:\s+(?:ngày|lúc|vào|tải|tin|bởi\b[^\n:]{0,40}))*|xuất\s+bản|thời\s+gian\s+đăng|publish(?:ed)?(?:\s+(?:date|on))?|posted(?:\s+on)?"
    r"|post\s*date|tạo\s+lúc|đưa\s+lên)\s*[:|]?\s*$",
    re.IGNORECASE,
)
_AT_START = re.compile(
    r"^\W*(?:được\s+)?(?:viết|xuất\s+bản|trả\s+lời|tạo|đăng\s+tải)\s+(?:ngày|lúc|vào)\s*$", re.IGNORECASE
)
"""Words that tell a publication at the head of a line, an event in a sentence."""
_BYLINE = re.compile(
    r"^\W*(?:đăng\s+bởi|người\s+đăng|tác\s+giả|admin\w*|by|bởi|posted\s+by|nguồn(?:\s+tin)?)\b[^\n]{0,40}[-–|,]\s*$",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"(?:(?:ngày\s+|đã\s+|được\s+|lần\s+|mới\s+|thời\s+gian\s+)*(?:cập\s+nhật|chỉnh\s+sửa|sửa(?:\s+đổi)?)(?:\s+(?:ngày|lúc|vào|lần\s+cuối|gần\s+nhất|mới\s+nhất|cuối(?:\s+cùng)?))*|(?:last\s+)?(?:updated|modified)(?:\s+on)?|last\s+update)\s*[:|]?\s*$",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"(?:ban\s+hành|hiệu\s+lực|\bký\b|\bcấp\b|văn\s+bản|nghị\s+(?:định|quyết)|quyết\s+định|thông\s+tư|chỉ\s+thị|kế\s+hoạch|công\s+văn|luật|giấy\s+phép|\bsố\b|/\s*[A-ZĐ]{2}"
    r"|(?:^|\n)\s*[A-ZĐ][^\n]{2,40},\s*ngày\s*$)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"hôm\s+nay|\bict\b|bây\s+giờ|today", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date named in a text. `role`: published | updated | clock | event | document | relative."""

    day: date
    text: str
    role: str
    start: int


def find_dates(text: str, *, as_of: date | None = None) -> list[FoundDate]:
    """Every date that the text names, in order, with the role it plays.

    >>> [(f.day.isoformat(), f.role) for f in find_dates("Thứ tư - 11/11/2026 09:46")]
    [('2026-11-11', 'published')]
    >>> find_dates("Ngày đăng: 31/02/2026")
    []
    >>> [f.role for f in find_dates("Quyết định số 5/QĐ-UBND ngày 3/4/2024 của UBND tỉnh")]
    ['document']
    """
    return list(_dates_in(text, as_of) if len(text) <= 400 else _dates_in.__wrapped__(text, as_of))


@lru_cache(maxsize=8192)
def _dates_in(text: str, as_of: date | None) -> tuple[FoundDate, ...]:
    """Remembered for short texts: titles and side blocks come again on page after page."""
    text = _ISO_T.sub(" ", written(text[:LIMIT]))
    found = []
    for match in _DATE.finditer(text) if _FOUR_DIGITS.search(text) else ():
        day = _day(match)
        if day is not None:
            role = _role(text, match, short_year=bool(match["y1"] and len(match["y1"]) == 2), as_of=as_of)
            if role:
                found.append(FoundDate(day, match[0], role, match.start()))
    if as_of is not None:
        found.extend(_relative(text, as_of))
        found.sort(key=lambda one: one.start)
    return tuple(found)


def publication_date(text: str, *, as_of: date | None = None) -> FoundDate | None:
    """The date to be taken as the item's publication (else its last update); None where the text gives none.

    `as_of`: the day of the visit; needed for "2 ngày trước".
    """
    found = [one for one in find_dates(text, as_of=as_of) if one.day >= EARLIEST]
    for role in ("published", "relative", "updated"):
        for one in found:
            if one.role == role:
                return one
    return None


def parse_attribute(value: str) -> date | None:
    """The day (in Vietnam) of an ISO-like attribute; malformed ones, which are real, give none.

    >>> parse_attribute("2026-11-10T18:30:00Z").isoformat()
    '2026-11-11'
    >>> parse_attribute("2026-11-11+0709:46:00")
    >>> parse_attribute("Wed, 11 Nov 2026 02:46:00 GMT").isoformat()
    '2026-11-11'
    """
    text = value.strip()[:40]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T12:00:00+07:00"
    moment = None
    for parse in (
        datetime.fromisoformat,
        lambda one: datetime.strptime(one.replace("GMT", "+0000"), "%a, %d %b %Y %H:%M:%S %z"),
    ):
        try:
            moment = parse(text)
            break
        except ValueError:
            continue
    if moment is None or not 1990 <= moment.year <= 2100:
        return None
    return (moment.astimezone(VIETNAM) if moment.tzinfo else moment).date()


def today_in_vietnam(moment: datetime) -> date:
    """The Vietnamese calendar day of an aware moment."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(VIETNAM).date()


def _day(match: re.Match[str]) -> date | None:
    for number in "12345":
        if match[f"d{number}"]:
            day, month, year = (match[f"{part}{number}"] for part in "dmy")
            break
    else:
        return None
    month_number = _MONTHS.get(" ".join(month.casefold().split())) or (int(month) if month.isdigit() else 0)
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return date(full_year, month_number, int(day)) if 1900 <= full_year <= 2100 else None
    except ValueError:
        return None


def _line(text: str, start: int, end: int) -> tuple[str, str, str]:
    """(before, after, line above) of a match within its line."""
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    above = text[text.rfind("\n", 0, max(begin - 1, 0)) + 1 : max(begin - 1, 0)]
    return text[begin:start], text[end : stop if stop >= 0 else len(text)], above


def _role(text: str, match: re.Match[str], *, short_year: bool, as_of: date | None) -> str | None:
    before, after, above = _line(text, match.start(), match.end())
    lead = re.sub(rf"(?:{_WEEKDAY}|{_TIME}|[\s,|(–-])+$", "", before, flags=re.IGNORECASE)
    label = lead if lead.strip() else above.strip()
    left = _FURNITURE.sub(" ", before).split()
    right = _FURNITURE.sub(" ", after).split()
    has_time = bool(re.search(_TIME, before[-14:] + " " + after[:14], re.IGNORECASE))
    if _CLOCK.search(before) or re.match(r"\s*ict\b", after, re.IGNORECASE):
        return None if short_year else "clock"
    named = _UPDATED.search(label) or _PUBLISHED.search(label)
    if label is lead and (_AT_START.search(lead) or (_BYLINE.search(before) and not right)):
        return "published"
    if named and len(label[: named.start()]) <= 60 and not (label is not lead and left):
        if _DOCUMENT.search(label[: named.start()]) and label is lead:
            return "document"
        return "updated" if _UPDATED.search(label) else "published"
    if match["m5"] and not match["named"]:
        return "event"
    if short_year:
        return "published" if not left and not right and has_time else None
    if has_time and all(word.isdigit() for word in right):
        right = []  # "Thứ hai - 24/10/2022 10:04 306 0": counters
    weekday_with_day = not has_time and re.search(rf"{_WEEKDAY}\s*,?\s*ngày\s*$", before, re.IGNORECASE)
    if not left and not right:
        if _ENGLISH_DAY.search(before) or (_ENGLISH_DAY.search(after) and not has_time):
            return "clock"
        if weekday_with_day:
            return "event"
        if re.search(_WEEKDAY, before, re.IGNORECASE) and not has_time and as_of is not None and _day(match) == as_of:
            return "clock"
        return "published"
    if _ENGLISH_DAY.search(before) and not [word for word in left if not _ENGLISH_DAY.search(word)]:
        return "clock"
    bracket = before.rstrip().endswith("(") or re.search(
        rf"\(\s*(?:{_TIME}|{_WEEKDAY}|[\s,-])*$", before, re.IGNORECASE
    )
    if bracket and re.match(rf"[\s,|-]*(?:{_TIME})?\s*\)\s*[.;]?\s*$", after, re.IGNORECASE):
        return "published"
    if (
        not right
        and has_time
        and re.match(rf"\s*[|,-]?\s*{_TIME}", after, re.IGNORECASE)
        and not _DOCUMENT.search(before[-40:])
    ):
        return "published"
    if has_time and "|" in before + after and len(left) + len(right) <= 4:
        return "published"
    if not left and not weekday_with_day and has_time and re.match(r"\s*[|]", after):
        return "published"
    if _DOCUMENT.search(before[-60:]) or (not left and re.match(r".{0,90}?ban hành", after, re.IGNORECASE)):
        return "document"
    return "event"


def _relative(text: str, as_of: date) -> list[FoundDate]:
    found = []
    for match in _RELATIVE.finditer(text):
        before, after, _ = _line(text, match.start(), match.end())
        words = fold(_FURNITURE.sub(" ", before)).split()
        named = _PUBLISHED.search(before) or _UPDATED.search(before)
        if _DATE.search(after) or (words and not named) or len(_FURNITURE.sub(" ", after).split()) > 4:
            continue
        word, unit = " ".join((match["word"] or "").casefold().split()), (match["unit"] or "").casefold()
        days = {"hôm qua": 1, "hôm kia": 2}.get(word, 0) if word else int(match["count"]) if unit == "ngày" else 0
        if unit == "giờ" and int(match["count"]) >= 24:
            continue
        found.append(FoundDate(as_of - timedelta(days=days), match[0], "relative", match.start()))
    return found
