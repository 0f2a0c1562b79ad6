"""What the page families share: answers, escaping, and the parts of content that are no family's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from html import escape
from typing import Protocol

from tests.province.content import Item, Section, Site, biographies, paragraphs

WEEKDAYS = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")


@dataclass(frozen=True)
class Answer:
    """A response; `delay` in seconds before it is sent."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


Route = Callable[[], Answer]


class Family(Protocol):
    """A page family: a module with its addresses and its pages."""

    SIZE: int  # entries of a listing page

    def front(self, site: Site, section: Section) -> str: ...
    def turn(self, section: Section, address: str, number: int) -> str: ...
    def article(self, site: Site, section: Section, item: Item) -> str: ...
    def home(self, site: Site) -> str: ...
    def listing(self, site: Site, section: Section, items: list[Item], number: int, count: int) -> str: ...
    def story(self, site: Site, section: Section, item: Item) -> str: ...
    def static(self, site: Site, section: Section) -> str: ...
    def more(self, site: Site) -> dict[str, Route]: ...
    def clean(self, path: str, query: str) -> str: ...


def routes(family: Family, site: Site) -> dict[str, Route]:
    """Address (path and query) → what answers it; pages are made when they are asked for."""
    found: dict[str, Route] = {"/": lambda: html(family.home(site)), **family.more(site)}
    for section in site.sections:
        address = family.front(site, section)
        if section.state == "dead" or not address.startswith("/"):
            continue
        if not section.items:
            found[address] = partial(_made, family.static, site, section)
            continue
        groups = pages_of(section, family.SIZE)
        for number, items in enumerate(groups, 1):
            target = family.turn(section, address, number)
            found[target] = partial(_made, family.listing, site, section, items, number, len(groups))
        for item in section.items:
            found[family.article(site, section, item)] = partial(_made, family.story, site, section, item)
    return found


def _made(make: Callable[..., str], *arguments: object) -> Answer:
    return html(make(*arguments))


def html(text: str, status: int = 200) -> Answer:
    return Answer(text.encode(), status, {"Content-Type": "text/html; charset=utf-8"})


def redirect(to: str) -> Answer:
    return Answer(b"", 301, {"Location": to, "Content-Type": "text/html"})


def e(text: str) -> str:
    return escape(text, quote=True)


def vn(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def pages_of(section: Section, size: int) -> list[list[Item]]:
    """The section's items in pages; at least one page."""
    return [section.items[start : start + size] for start in range(0, len(section.items), size)] or [[]]


def inner(site: Site, section: Section) -> str:
    """The main column of a page that is no listing, in plain markup."""
    if section.kind == "leaders":
        return "".join(f"<div><b>{e(name)}</b><p>{e(text)}</p></div>" for name, text in biographies(site))
    if section.kind == "form":
        questions = "".join(
            f"<div><b>Câu hỏi: {e(q)}</b><p>Trả lời: {e(a)}</p></div>"
            for q, a in (
                (
                    "Thời hạn giải quyết hồ sơ cấp lại giấy chứng nhận là bao lâu?",
                    "Năm ngày làm việc kể từ ngày nhận đủ hồ sơ hợp lệ.",
                ),
                ("Nộp hồ sơ trực tuyến cần những giấy tờ gì?", "Tờ khai theo mẫu và bản chụp giấy tờ kèm theo."),
            )
        )
        return questions + (
            '<form method="post" action="/gui-cau-hoi"><input name="fullname"><input name="email">'
            '<textarea name="content" placeholder="Nội dung câu hỏi"></textarea><button>Gửi</button></form>'
        )
    return "".join(f"<p>{e(text)}</p>" for text in paragraphs(site, section))


def faulty(section: Section) -> str | None:
    """The main column that a planted fault leaves, None where the content is good."""
    if section.state == "placeholder":
        return "<p>Nội dung đang được cập nhật.</p>"
    if section.state == "sample":
        return "<p>Chỉ dẫn cho người quản trị website: menu bạn vừa truy cập là mục cần phải có, hãy thay bài viết này bằng nội dung của đơn vị.</p>"
    if section.state == "empty":
        return ""
    return None


def contact_lines(contact: Mapping[str, str]) -> list[tuple[str, str]]:
    """(label, value) of the contact fields that are there."""
    labels = {"address": "Địa chỉ", "phone": "Điện thoại", "fax": "Fax", "hotline": "Đường dây nóng", "email": "Email"}
    return [(label, contact[key]) for key, label in labels.items() if contact.get(key)]


def article_text(site: Site, item: Item) -> str:
    return (
        f"<p>Thực hiện chương trình công tác, {e(site.name)} vừa tổ chức thực hiện nội dung nêu trên theo đúng kế hoạch đề ra.</p>"
        f"<p>Các phòng, đơn vị được giao nhiệm vụ chủ động phối hợp, báo cáo kết quả theo Công văn số {item.id}/CV-VP ngày 02/01/2020 và bảo đảm tiến độ.</p>"
    )
