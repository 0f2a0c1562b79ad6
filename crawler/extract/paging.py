"""Links to the further pages of a listing."""

import re
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.extract.observation import Link, Zone
from crawler.urls import canonical, page_key, path_of

_NEXT = re.compile(
    r"^(?:trang\s+)?(?:sau|tiếp(?:\s+theo)?|kế(?:\s+tiếp)?|next|trang\s+(?:sau|tiếp|kế)(?:\s+theo)?|older\s+posts|cũ\s+hơn|›|»|>|>>|→)\s*(?:[›»>→]+)?$",
    re.IGNORECASE,
)
_LAST = re.compile(r"^(?:cuối(?:\s+cùng)?|trang\s+cuối|last)\s*(?:[›»>→]+)?$", re.IGNORECASE)
_DIGITS = re.compile(r"^(?:trang\s+)?\d{1,4}$", re.IGNORECASE)
MAX_PAGES = 12


def paging_links(links: Sequence[Link], url: str, root: HtmlElement, base: str) -> tuple[str, ...]:
    """Addresses of other pages of the same listing, the next one first, then by number, then the last.

    A digit counts only if its address resembles the page's own: the same path, or one that begins with it.
    """
    here = page_key(url)
    own = re.sub(r"/(?:page|trang)[-/]?\d+$", "", path_of(url))
    found: dict[str, tuple[int, int]] = {}
    for element in root.iter("link", "a"):
        if (element.get("rel") or "").lower() == "next" and element.get("href"):
            try:
                target = canonical(urljoin(base, element.get("href") or ""))
            except ValueError:
                continue
            if target and page_key(target) != here:
                found.setdefault(target, (0, 0))
    for link in links:
        label = link.label.strip()
        if link.zone in (Zone.HEADER, Zone.FOOTER) or not label or len(label) > 20 or page_key(link.url) == here:
            continue
        path = path_of(link.url)
        if urlsplit(link.url).netloc != urlsplit(url).netloc or not (
            path == own or path.startswith(own + "/") or own.startswith(path + "/")
        ):
            continue
        if _NEXT.match(label):
            found.setdefault(link.url, (0, 0))
        elif _DIGITS.match(label) and (path != own or urlsplit(link.url).query):
            found.setdefault(link.url, (1, int(re.sub(r"\D", "", label))))
        elif _LAST.match(label):
            found.setdefault(link.url, (2, 0))
    return tuple(sorted(found, key=lambda target: (found[target], target))[:MAX_PAGES])
