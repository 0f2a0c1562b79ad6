"""Pages that hold nothing before their scripts have run: the shells of Angular, React, Vue, Next, Nuxt and the like."""

import re

from lxml.html import HtmlElement

from crawler.extract.blocks import text_of

FEW_WORDS = 12
FEW_LINKS = 3
ROOT_WORDS = 8
"""An element that scripts fill may say "Đang tải dữ liệu, vui lòng chờ...", and no more."""
_ROOTS = re.compile(
    r"^(?:app|root|main-app|app-root|app-?container|react-?root|react-?app|vue-?app|q-app|svelte|ember-application"
    r"|__next|__nuxt|___gatsby|gatsby-focus-wrapper|single-spa-application.*|portal-root)$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:enable|requires?|turn on|works? without)\s+java\s*script"
    r"|java\s*script\s+(?:is\s+)?(?:disabled|required|enabled)"
    r"|(?:bật|kích hoạt|hỗ trợ|cho phép)\s+java\s*script",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{[^{}]{1,200}\}\}")


def needs_browser(root: HtmlElement, body: HtmlElement, main: str, links: int, *, opened: bool) -> bool:
    """Whether a page shows nothing of its own without scripts. `main`: the text of its main column.

    `opened`: it is what a browser made of the page; then only a page that is bare of all is still one that could not
    be seen. A page that only sends its reader on is no shell, nor is a page made on the server, whatever its ids.
    """
    templates = _TEMPLATE.search(main) is not None
    words = sum(any(letter.isalpha() for letter in word) for word in _TEMPLATE.sub(" ", main).split())
    if words > FEW_WORDS or (opened and links > FEW_LINKS):
        return False
    if templates:
        return True
    if not any(script.get("src") for script in root.iter("script")):
        return False  # a redirect, or a page that is empty
    if opened:
        return True
    if any(_is_root(element) and len(text_of(element).split()) <= ROOT_WORDS for element in body.iter()):
        return True
    return links <= FEW_LINKS and (_asks(root) or not _shows(body))


def _is_root(element: HtmlElement) -> bool:
    """An element for an application to fill: named so, or an element of Angular's (`<app-root>`)."""
    tag = element.tag
    if not isinstance(tag, str) or (tag != "div" and "-" not in tag and tag not in ("main", "section")):
        return False
    named = bool(_ROOTS.match(element.get("id") or "")) or "data-reactroot" in element.attrib
    return (
        named or (tag.endswith(("-root", "-app")) and element.getparent() is not None) or "ng-version" in element.attrib
    )


def _asks(root: HtmlElement) -> bool:
    return any(_ASKS.search("".join(element.itertext())) for element in root.iter("noscript"))


def _shows(body: HtmlElement) -> bool:
    """Whether there is anything to see at all: words, pictures, frames, fields."""
    if text_of(body).strip():
        return True
    return next(body.iter("img", "iframe", "object", "embed", "video", "input", "table", "frame"), None) is not None
