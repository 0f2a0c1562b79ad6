"""Which part of a page an element belongs to: header, navigation, main column, side block or footer."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.observation import Zone

_TOKENS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_BY_TAG = {"nav": Zone.NAV, "footer": Zone.FOOTER, "aside": Zone.SIDE, "main": Zone.MAIN}
_BY_ROLE = {
    "navigation": Zone.NAV,
    "menubar": Zone.NAV,
    "menu": Zone.NAV,
    "contentinfo": Zone.FOOTER,
    "complementary": Zone.SIDE,
    "banner": Zone.HEADER,
    "main": Zone.MAIN,
}
_BY_TOKEN = (
    (Zone.NAV, frozenset({"menu", "menus", "nav", "navbar", "navigation", "mainmenu", "topmenu", "menubar", "sfmenu", "topnav", "megamenu", "submenu", "dropdown", "trinhdon"})),
    (Zone.FOOTER, frozenset({"footer", "foot", "copyright", "chantrang", "bottombar", "footerbar"})),
    (Zone.SIDE, frozenset({"sidebar", "aside", "widget", "widgets", "sidemenu"})),
    (Zone.HEADER, frozenset({"header", "masthead", "topbar", "dautrang"})),
)  # fmt: skip
_MODIFIERS = re.compile(
    r"^(?:with|no|has|is|sticky|fixed|open|show|hide|not|page|entry|post|article|item|card|news|content|section|block|panel"
    r"|box|portlet|title|tab|elementor)[-_]"
    r"|[-_](?:fixed|open|md|lg|sm|xs|active|visible|hidden|collapsed|toggle|content|right|enabled|style)$",
    re.IGNORECASE,
)
"""Parts of a class name by which it says how something looks, or that it is the head of an item, not what it is."""
_FOOT_TEXT = re.compile(
    r"bản\s+quyền|©|ghi\s+rõ\s+nguồn|chịu\s+trách\s+nhiệm|giấy\s+phép\s+(?:số|thiết\s+lập)|copyright", re.IGNORECASE
)
_IN_FOOT = re.compile(
    r"điện\s*thoại|địa\s+chỉ|trụ\s+sở|e-?mail|\btel\b|\bfax\b|\bđt\b|(?<!\d)\(?0\d{2,3}\)?[ .-]?\d{3,4}[ .-]?\d{3}",
    re.IGNORECASE,
)
_SKIP = re.compile(
    r"truy\s+cập\s+nội\s+dung|(?:đến|tới|sang|qua|vào)\s+(?:phần\s+)?nội\s+dung|\bskip\b|jump\s+to", re.IGNORECASE
)
FOOT_LINKS = 12
"""An unmarked footer has fewer links."""
TITLE_WORDS = 6
"""Words of a link that is a title and no menu entry."""
_REPEATED = 3
"""A class that stands on so many elements marks items, not parts of the page."""


@lru_cache(maxsize=10_000)
def _by_attributes(names: str) -> Zone | None:
    names = " ".join(name for name in names.split() if not _MODIFIERS.search(name))
    tokens = {token.lower() for token in _TOKENS.findall(names)}
    tokens |= {token.lower() for token in re.split(r"[\s_-]+", names)}
    for zone, words in _BY_TOKEN:
        if tokens & words:
            return zone
    return None


class _Sizes:
    """Letters of text below each element, and of those the ones outside links; which classes repeat."""

    def __init__(self, root: HtmlElement) -> None:
        self.text: dict[HtmlElement, int] = {}
        self.plain: dict[HtmlElement, int] = {}
        self.headed: set[HtmlElement] = set()
        self.classes: Counter[tuple[str, str]] = Counter()
        text, plain, headed = self.text, self.plain, self.headed
        classes: list[tuple[str, str]] = []
        for element in reversed(list(root.iter())):
            tag = element.tag
            if not isinstance(tag, str) or tag in ("script", "style", "head"):
                continue
            own = len(words.strip()) if (words := element.text) else 0
            all_text = text[element] = text.get(element, 0) + own
            own = plain[element] = 0 if tag == "a" else plain.get(element, 0) + own
            if tag in ("h1", "h2", "main"):
                headed.add(element)
            if name := element.get("class"):
                classes.append((tag, name))
            parent = element.getparent()
            if parent is not None:
                tail = len(words.strip()) if (words := element.tail) else 0
                text[parent] = text.get(parent, 0) + all_text + tail
                plain[parent] = plain.get(parent, 0) + own + tail
                if element in headed and parent.tag not in ("body", "html"):
                    headed.add(parent)
        self.classes.update(classes)

    def holds_the_page(self, element: HtmlElement, root: HtmlElement) -> bool:
        """A heading, and more than half of all text that is no link: the main column is inside."""
        return element in self.headed and 2 * self.plain.get(element, 0) > self.plain.get(root, 0)


def _own(element: HtmlElement, inherited: Zone, sizes: _Sizes, root: HtmlElement) -> Zone:
    tag = element.tag
    role = element.get("role")
    if role and role.lower() in _BY_ROLE:
        return _BY_ROLE[role.lower()]
    if tag in _BY_TAG:
        return inherited if tag == "footer" and _in_item(element) else _BY_TAG[tag]
    if tag == "header":
        return inherited if _in_item(element) else Zone.HEADER
    if tag in ("div", "ul", "ol", "section", "table", "td", "tr", "form", "span", "p"):
        names = f"{element.get('id') or ''} {element.get('class') or ''}"
        if len(names) > 1 and (zone := _by_attributes(names[:300])):
            if zone is Zone.NAV and inherited is Zone.MAIN and _lists_titles(element):
                return inherited  # "nav nav-tabs nav-stacked": a list of articles in the dress of a menu
            repeated = sizes.classes[tag, element.get("class") or ""] >= _REPEATED and not element.get("id")
            if repeated or sizes.holds_the_page(element, root):
                return inherited
            return zone
    return inherited


def _is_skip_link(element: HtmlElement) -> bool:
    """ "Truy cập nội dung luôn": the first link of a page, for readers of the keyboard, is no content."""
    if element.tag != "a" or not (element.get("href") or "").startswith("#"):
        return False
    return bool(_SKIP.search("".join(element.itertext())[:100]))


def _lists_titles(element: HtmlElement) -> bool:
    """Inside an explicit main column: all links are as long as titles are."""
    if element.tag not in ("ul", "ol"):
        return False
    if not any(one.tag == "main" or one.get("role") == "main" for one in element.iterancestors()):
        return False
    labels = ["".join(link.itertext()).split() for link in islice(element.iter("a"), 60)]
    return bool(labels) and all(len(words) >= TITLE_WORDS for words in labels)


def _in_item(element: HtmlElement) -> bool:
    parent = element.getparent()
    while parent is not None and parent.tag not in ("body", "html"):
        if parent.tag in ("article", "section", "main", "li", "td"):
            return True
        parent = parent.getparent()
    return False


def zones_of(root: HtmlElement) -> Mapping[HtmlElement, Zone]:
    """Each element's zone. Inner marks win, but nothing inside a footer or a menu is taken for the main column.

    Body and html are never marked: a theme's "has-sidebar" class says nothing of the whole page.
    """
    zones: dict[HtmlElement, Zone] = {}
    sizes = _Sizes(root)
    foot = ""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        parent = element.getparent()
        inherited = zones.get(parent, Zone.MAIN) if parent is not None else Zone.MAIN
        if element.tag in ("html", "body"):
            zones[element] = Zone.MAIN
            continue
        zone = Zone.HEADER if _is_skip_link(element) else _own(element, inherited, sizes, root)
        if inherited in (Zone.FOOTER, Zone.NAV) and zone is not Zone.NAV:
            zone = inherited
        zones[element] = zone
        if zone is Zone.FOOTER and len(foot) < 5000:
            foot += f" {element.text or ''} {element.tail or ''}"
    if not _IN_FOOT.search(foot):
        _find_foot(root, zones, sizes)
    return zones


def _find_foot(root: HtmlElement, zones: dict[HtmlElement, Zone], sizes: _Sizes) -> None:
    """A footer without marks: the block around the last copyright line, if it holds an address or a telephone.

    It grows until it would take in a heading, a menu, or half of the page's text.
    """
    elements = [
        one
        for one in root.iter()
        if isinstance(one.tag, str) and one.tag not in ("script", "style", "title", "head", "meta")
    ]
    for last in reversed(elements[-max(len(elements) // 2, 40) :]):
        own = (last.text or "") + "".join(child.tail or "" for child in last)
        if not _FOOT_TEXT.search(own) or zones.get(last) is Zone.NAV:
            continue
        block = last
        while (parent := block.getparent()) is not None and parent.tag not in ("body", "html"):
            too_much = 2 * sizes.text.get(parent, 0) > sizes.text.get(root, 0) and sizes.text.get(parent, 0) > 400
            if too_much or _holds_more(parent, zones):
                break
            block = parent
        if _IN_FOOT.search("".join(block.itertext())):
            for element in block.iter():
                if zones.get(element) is not Zone.NAV:
                    zones[element] = Zone.FOOTER
            return


def _holds_more(block: HtmlElement, zones: Mapping[HtmlElement, Zone]) -> bool:
    """A heading of the page, a menu, or more than a footer's few links."""
    for links, element in enumerate(block.iter("h1", "h2", "h3", "main", "article", "nav", "a", "form")):
        if element.tag != "a" or zones.get(element) is Zone.NAV or links >= FOOT_LINKS:
            return True
    return False
