"""Listed entries: a link with a title and the date that stands by it, in listings of any markup."""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.blocks import text_of
from crawler.extract.dates import FoundDate, find_dates, parse_attribute, publication_date
from crawler.extract.labels import match_label
from crawler.extract.observation import ListedEntry, Zone
from crawler.text import clean, shorten

MAX_ENTRIES = 400
"""Entries of one page that are kept."""
_CLIMB = 7
CARD_ROWS = 4
_RECORD_TEXT = 3000
_GENERIC = re.compile(
    r"^(?:xem\s+(?:thêm|tiếp|chi\s+tiết)|chi\s+tiết|đọc\s+(?:tiếp|thêm)|tải\s+về|download|read\s+more|more|[»›>.…\s\d]+)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+\s*/[\d\w/.-]*[A-ZĐ]{2}")
_DOCUMENT_HEAD = re.compile(r"ban\s+hành|ký\s+hiệu|số\s+văn\s+bản|trích\s+yếu|hiệu\s+lực", re.IGNORECASE)
_NO_RECORD = frozenset({"body", "html", "table", "tbody", "main", "ul", "ol", "dl"})
_SMALL = frozenset({"li", "tr", "article", "p", "h1", "h2", "h3", "h4", "h5", "h6", "span", "strong", "b", "td", "dd"})
TitleLink = tuple[HtmlElement, str, str]  # element, url, title
Record = tuple[HtmlElement, HtmlElement, str, str]  # record, link, url, title


def find_entries(
    links: Sequence[TitleLink], zones: Mapping[HtmlElement, Zone], as_of: date | None
) -> list[ListedEntry]:
    """The entries among a page's links (those outside menus), in page order, each URL once, dated ones first choice.

    A record is the largest element around a title link that holds no other title link's address; its date is the
    visible one, else that of a `<time>` attribute, else one that stands between the records, always on the same side.
    Links of other hosts may be given: the caller sorts them out.
    """
    titles = _title_links(links, zones)
    seen_below: dict[HtmlElement, set[str]] = {}
    for element, url, _ in titles:
        for ancestor in _ancestors(element):
            urls = seen_below.setdefault(ancestor, set())
            if len(urls) < 3:
                urls.add(url)
    several = len({url for _, url, _ in titles}) > 1
    records: list[Record] = []
    for element, url, title in titles:
        record = element
        for ancestor in _ancestors(element):
            # a link that is alone on its page has no listing around it: its record stays small
            if len(seen_below[ancestor]) > 1 or not (several or ancestor.tag in _SMALL):
                break
            if ancestor.tag in _NO_RECORD:
                if ancestor.tag in ("table", "tbody") and several and _is_card(ancestor):
                    continue
                break
            record = ancestor
        records.append((record, element, url, title))
    groups = _groups(records)
    between = cache(lambda: _dates_between(records, as_of))  # most lists need none: each record has its date inside
    found: dict[str, ListedEntry] = {}
    for record, element, url, title in records:
        entry = _entry(
            record, element, url, title, as_of, between, groups.get(record, 0), zones.get(element, Zone.MAIN)
        )
        if entry.published is None and (not _is_long(title) or match_label(title)):
            continue  # the name of a section, not a title
        known = found.get(url)
        if known is None or (known.published is None and entry.published is not None):
            found[url] = entry
        if len(found) >= MAX_ENTRIES:
            break
    return list(found.values())


def _title_links(links: Sequence[TitleLink], zones: Mapping[HtmlElement, Zone]) -> list[TitleLink]:
    """Links that may be titles: a category's link, which stands in many records, is none."""
    titles = [(element, url, title) for element, url, title in links if _is_title(element, title, zones)]
    often = Counter((url, title) for _, url, title in titles)
    return [one for one in titles if often[one[1], one[2]] < 3]


def _is_card(table: HtmlElement) -> bool:
    """A table that lays out one item: a picture, a title and a date in at most four rows, no head."""
    rows = list(islice(table.iter("tr"), CARD_ROWS + 1))
    return len(rows) <= CARD_ROWS and next(table.iter("th"), None) is None


def _ancestors(element: HtmlElement) -> list[HtmlElement]:
    chain: list[HtmlElement] = []
    parent = element.getparent()
    while parent is not None and len(chain) < _CLIMB and parent.tag not in ("body", "html"):
        chain.append(parent)
        parent = parent.getparent()
    return chain


def _is_title(element: HtmlElement, title: str, zones: Mapping[HtmlElement, Zone]) -> bool:
    if zones.get(element, Zone.MAIN) in (Zone.NAV, Zone.FOOTER, Zone.HEADER) or _GENERIC.match(title):
        return False
    return (len(title.split()) >= 2 and len(title) >= 10) or bool(_NUMBER.search(title))


def _is_long(title: str) -> bool:
    """Without a date only four words make a title."""
    return (len(title.split()) >= 4 and len(title) >= 15) or bool(_NUMBER.search(title))


def _groups(records: Sequence[Record]) -> dict[HtmlElement, int]:
    """Record → a number for the list it stands in: the same list on two pages has the same number."""
    lists: dict[HtmlElement, list[str]] = {}
    for record, _, url, _ in records:
        parent = record.getparent()
        if parent is not None:
            lists.setdefault(parent, []).append(url)
    numbers = {parent: zlib.crc32("\n".join(sorted(urls)).encode()) for parent, urls in lists.items()}
    return {record: numbers[parent] for record, _, _, _ in records if (parent := record.getparent()) is not None}


def _entry(
    record: HtmlElement,
    link: HtmlElement,
    url: str,
    title: str,
    as_of: date | None,
    between: Callable[[], Mapping[HtmlElement, FoundDate]],
    group: int,
    zone: Zone,
) -> ListedEntry:
    column = _issue_column(record)
    if column is not None:
        text = column
    else:
        text = text_of(record, skip=lambda element: element is link)[:_RECORD_TEXT] if record is not link else ""
    found, source = _date_of(text or clean(link.tail or ""), as_of, column is not None)
    if found is None and column is None and record is not link:  # "<a>Tin trong tỉnh</a> 10/11/2026"
        found, source = _date_of(text_of(record, skip=lambda element: element.tag == "a")[:_RECORD_TEXT], as_of, False)
    if found is None and len(link):
        lines = text_of(link).split("\n")  # a card: all of the record is the link
        found, source = _date_of("\n".join(lines), as_of, False)
        if found and len(lines) > 1:
            title = next((line for line in lines if _is_long(line) and found.text not in line), title)
    if found is None and record in between():
        found, source = between()[record], "visible"
    if found is None and (title_date := publication_date(title, as_of=as_of)) and title_date.role == "published":
        found, source = title_date, "visible"  # "Thông báo … (23/08/2022)"
        title = clean(title.replace(title_date.text, "")).rstrip("() ") or title
    title = shorten(title, 300)
    if found is not None:
        return ListedEntry(title, url, found.day, found.text, source, group, zone)
    for element in record.iter("time"):
        if day := parse_attribute(element.get("datetime") or ""):
            return ListedEntry(title, url, day, element.get("datetime") or "", "attribute", group, zone)
    return ListedEntry(title, url, None, "", "visible", group, zone)


def _date_of(text: str, as_of: date | None, document_row: bool) -> tuple[FoundDate | None, str]:
    if not text:
        return None, "visible"
    dates = find_dates(text, as_of=as_of)
    if document_row:
        documents = [one for one in dates if one.role in ("document", "published", "event")]
        labelled = publication_date(text, as_of=as_of)
        if labelled and re.search(
            r"đăng|cập\s+nhật", text[max(0, labelled.start - 30) : labelled.start], re.IGNORECASE
        ):
            return labelled, "visible"
        return (documents[0], "document") if documents else (None, "document")
    if found := publication_date(text, as_of=as_of):
        return found, "visible"
    issued = [
        one
        for one in dates
        if one.role == "document" and re.search(r"ban\s+hành", text[max(0, one.start - 40) : one.start], re.IGNORECASE)
    ]
    return (issued[0], "document") if issued else (None, "visible")


def _issue_column(record: HtmlElement) -> str | None:
    """Of a row of a table of documents: the text that holds its date of issue; None for any other record.

    The column is the one whose head says "ban hành", else "ngày"; where none says so, the whole row.
    """
    if record.tag != "tr":
        return None
    table = record.getparent()
    while table is not None and table.tag != "table":
        table = table.getparent()
    first = next(table.iter("tr"), None) if table is not None else None
    if first is None or first is record:
        return None
    heads = [clean("".join(cell.itertext())) for cell in first.iter("td", "th")]
    if not any(_DOCUMENT_HEAD.search(head) for head in heads):
        return None
    cells = [text_of(cell) for cell in record if cell.tag in ("td", "th")]
    for pattern in (r"ban\s+hành", r"ngày(?!\s+(?:có\s+)?hiệu\s+lực)"):
        places = [place for place, head in enumerate(heads) if re.search(pattern, head, re.IGNORECASE)]
        if len(heads) == len(cells) and places:
            return cells[places[0]]
    return text_of(record)


def _dates_between(records: Sequence[Record], as_of: date | None) -> dict[HtmlElement, FoundDate]:
    """Dates that stand between the records of a list: before each or after each, told once for the list.

    A date after the last record, or before the first, that the others have none alike is the page's, not an entry's.
    """
    lists: dict[HtmlElement, dict[HtmlElement, None]] = {}
    for record, _, _, _ in records:
        parent = record.getparent()
        if parent is not None:
            lists.setdefault(parent, {})[record] = None
    found: dict[HtmlElement, FoundDate] = {}
    for siblings in map(list, lists.values()):
        if len(siblings) < 2:
            continue
        heads = set(siblings)
        after = {one: day for one in siblings if (day := _beside(one, heads, as_of, forward=True))}
        before = {one: day for one in siblings if (day := _beside(one, heads, as_of, forward=False))}
        leads = siblings[0] in before and siblings[-1] not in after
        chosen = before if leads else after
        if len(chosen) >= 2:
            found.update(chosen)
    return found


def _beside(record: HtmlElement, heads: set[HtmlElement], as_of: date | None, *, forward: bool) -> FoundDate | None:
    """The date in the at most three elements (and the loose text) between a record and its neighbour."""
    parts = [clean(record.tail or "")] if forward else []
    for count, sibling in enumerate(record.itersiblings(preceding=not forward)):
        if count >= 3 or sibling in heads:
            break
        if isinstance(sibling.tag, str) and sibling.tag not in ("script", "style"):
            if any(element in heads for element in sibling.iter()):
                break
            parts.append(text_of(sibling)[:200])
        if forward:
            parts.append(clean(sibling.tail or ""))
    text = "\n".join(part for part in parts if part)[:400]
    return publication_date(text, as_of=as_of) if text else None
