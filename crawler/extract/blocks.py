"""The text of a page in lines, as a reader sees them: a line a block, a row's cells side by side."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from crawler.extract.observation import Zone

BLOCK_TAGS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li"}
    | {"main", "nav", "ol", "option", "p", "pre", "section", "select", "table", "tbody", "tfoot", "thead", "tr", "ul"}
)
SKIPPED = frozenset({"script", "style", "noscript", "template", "head", "textarea", "svg", "iframe", "object"})
CELLS = frozenset({"td", "th"})
ICONS = {"phone": "☎", "fax": "📠", "email": "✉", "address": "📍"}
"""What a pictogram before a text says, as a character of the text."""
_ICON_WORDS = (
    ("fax", frozenset({"fax", "print", "printer"})),
    (
        "phone",
        frozenset({"phone", "telephone", "earphone", "tel", "mobile", "call", "headphones", "dienthoai", "hotline"}),
    ),
    ("email", frozenset({"envelope", "email", "mail", "at"})),
    ("address", frozenset({"marker", "location", "address", "place", "geo", "home", "pin", "diachi"})),
)
_ICON_TAGS = frozenset({"i", "em", "span", "img"})
_ICON_NAME = re.compile(
    r"(?:^|[\s/_-])(?:fa[srlb]?|icons?|jicons|glyphicon|bi|icomoon|ti|mdi|ion|material)(?:[\s_-]|$)", re.IGNORECASE
)


def pieces(root: HtmlElement, skip: Callable[[HtmlElement], bool] | None = None) -> Iterator[tuple[HtmlElement, str]]:
    """(element the text belongs to, text) in reading order; "\\n" where a block begins or ends, " " between cells.

    Iterative: depth is the page's, not ours.
    """
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    while stack:
        element, leaving = stack.pop()
        tag = element.tag
        if leaving:
            if tag in BLOCK_TAGS:
                yield element, "\n"
            elif tag in CELLS:
                yield element, " "
            parent = element.getparent()
            if element.tail and element is not root and parent is not None:
                yield parent, element.tail
            continue
        if not isinstance(tag, str) or tag in SKIPPED or (skip is not None and element is not root and skip(element)):
            if element.tail and element is not root:
                yield element.getparent(), element.tail
            continue
        if tag in BLOCK_TAGS:
            yield element, "\n"
        if element.text:
            yield element, element.text
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))


def text_of(root: HtmlElement, skip: Callable[[HtmlElement], bool] | None = None) -> str:
    """The text in lines, each trimmed, none empty."""
    if len(root) == 0:
        shown = isinstance(root.tag, str) and root.tag not in SKIPPED
        return " ".join((root.text or "").split()) if shown else ""
    parts: list[str] = []
    add = parts.append
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            hidden = not isinstance(tag, str) or tag in SKIPPED
            if hidden or (skip is not None and element is not root and skip(element)):
                walk.skip_subtree()
                continue
            if tag in BLOCK_TAGS:
                add("\n")
            if text := element.text:
                add(text if text == "\n" else text.replace("\n", " "))
            continue
        if tag in BLOCK_TAGS:
            add("\n" if skip is None or element is root or not skip(element) else "")
        elif tag in CELLS:
            add(" " if skip is None or element is root or not skip(element) else "")
        if (tail := element.tail) and element is not root:
            add(tail if tail == "\n" else tail.replace("\n", " "))
    return tidy("".join(parts))


def tidy(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join([line for line in lines if line])


def icon_of(element: HtmlElement) -> str | None:
    """The character for a pictogram that stands for a word: `<i class="fa fa-phone"></i>`, `<img src="icon-fax.png">`.

    >>> from lxml.html import fromstring
    >>> icon_of(fromstring('<i class="fa fa-phone"></i>')), icon_of(fromstring('<i class="fa fa-clock-o"></i>'))
    ('☎', None)
    """
    name = element.get("class") or ""
    if element.tag == "img":
        name = (element.get("src") or "").rsplit("/", 1)[-1].split(".")[0] if not element.get("alt") else ""
    return _icon_named(name) if name and not (element.text or "").strip() else None


@lru_cache(maxsize=2000)
def _icon_named(name: str) -> str | None:
    if not _ICON_NAME.search(name):
        return None
    words = set(re.split(r"[\s_-]+", name.lower()))
    return next((ICONS[kind] for kind, known in _ICON_WORDS if words & known), None)


def zone_texts(body: HtmlElement, zones: Mapping[HtmlElement, Zone]) -> dict[Zone, str]:
    """Zone → its lines, in one walk over the page; pictograms of a contact line as characters."""
    parts: dict[Zone, list[str]] = {zone: [] for zone in Zone}
    walk = iterwalk(body, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        own = parts[zones.get(element, Zone.MAIN)]
        if event == "start":
            if not isinstance(tag, str) or tag in SKIPPED:
                walk.skip_subtree()
                continue
            if tag in BLOCK_TAGS:
                own.append("\n")
            if text := element.text:
                own.append(text if text == "\n" else text.replace("\n", " "))
            if tag in _ICON_TAGS and not len(element) and (icon := icon_of(element)):
                own.append(f"{icon} ")
            continue
        if tag in BLOCK_TAGS:
            own.append("\n")
        elif tag in CELLS:
            own.append(" ")
        if (tail := element.tail) and element is not body:
            parts[zones.get(element.getparent(), Zone.MAIN)].append(tail if tail == "\n" else tail.replace("\n", " "))
    return {zone: tidy("".join(texts)) for zone, texts in parts.items()}
