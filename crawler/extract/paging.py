"""Links to the further pages of a listing."""

import re
from collections.abc import Mapping, Sequence
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


def paging_links(
    links: Sequence[Link], url: str, root: HtmlElement, base: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses of other pages of the same listing: (onward, back), the nearest first; the last page ends `onward`.

    A digit counts only if its address resembles the page's own: the same path, or one that begins with it.
    """
    here = page_key(url)
    own = re.sub(r"/(?:page|trang)[-/]?\d+$", "", path_of(url))
    onward: dict[str, tuple[int, int]] = {}
    numbered: dict[str, int] = {}
    for element in root.iter("link", "a"):
        if (element.get("rel") or "").lower() == "next" and element.get("href"):
            try:
                target = canonical(urljoin(base, element.get("href") or ""))
            except ValueError:
                continue
            if target and page_key(target) != here:
                onward.setdefault(target, (0, 0))
    for link in links:
        label = link.label.strip()
        if link.zone in (Zone.HEADER, Zone.FOOTER) or not label or len(label) > 20:
            continue
        if not (_NEXT.match(label) or _DIGITS.match(label) or _LAST.match(label)) or page_key(link.url) == here:
            continue
        path = path_of(link.url)
        if urlsplit(link.url).netloc != urlsplit(url).netloc or not (
            path == own or path.startswith(own + "/") or own.startswith(path + "/")
        ):
            continue
        if _NEXT.match(label):
            onward.setdefault(link.url, (0, 0))
        elif _DIGITS.match(label):
            numbered.setdefault(link.url, int(re.sub(r"\D", "", label)))
        elif _LAST.match(label):
            onward.setdefault(link.url, (2, 0))
    number = _own_number(url, numbered)
    for target, other in numbered.items():
        if other > number and (path_of(target) != own or urlsplit(target).query):
            onward.setdefault(target, (1, other))
    back = [target for target, other in numbered.items() if other < number]
    return (
        tuple(sorted(onward, key=lambda target: (onward[target], target))[:MAX_PAGES]),
        tuple(sorted(back, key=lambda target: (-numbered[target], target))[:MAX_PAGES]),
    )


def _own_number(url: str, others: Mapping[str, int]) -> int:
    """Which page this is, among `others` (address → number): a number that none of them bears, best one that stands in
    its address and not in theirs (counted from 1 or from 0), then one between its neighbours.

    >>> pages = {f"http://a.vn/muc-3/trang-{number}": number for number in (2, 3, 14)}
    >>> _own_number("http://a.vn/muc-3", pages), _own_number("http://a.vn/muc-3/trang-13", pages)
    (1, 13)
    """
    numbers = set(others.values())
    written = _written(url).difference(*[set.intersection(*map(_written, others))] if others else [])
    free = {1, *(other + step for other in numbers for step in (-1, 1))} - numbers - {0}
    return min(
        free,
        key=lambda one: (
            one not in written,
            one - 1 not in written or one == 1,
            -((one - 1 in numbers) + (one + 1 in numbers)),
            one,
        ),
    )


def _written(url: str) -> set[int]:
    parts = urlsplit(url)
    return {int(number) for number in re.findall(r"\d{1,4}", f"{parts.path}?{parts.query}")}
