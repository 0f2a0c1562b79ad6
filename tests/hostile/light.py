"""A light site: the sections that the law asks for, one listing of two pages, a menu and a footer; good unless spoilt."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape

from tests.hostile.server import Asked, Piece, answer

AS_OF = date(2026, 11, 22)
SECTIONS = {
    "/co-cau": ("INT-01", "Cơ cấu tổ chức", "Cơ quan gồm lãnh đạo, Văn phòng, Thanh tra, các phòng chuyên môn nghiệp vụ và các đơn vị sự nghiệp trực thuộc được giao nhiệm vụ theo quy định."),
    "/chuc-nang": ("INT-03", "Chức năng, nhiệm vụ", "Cơ quan tham mưu, giúp Ủy ban nhân dân quản lý nhà nước về ngành, lĩnh vực trên địa bàn; trình ban hành văn bản; tổ chức thực hiện, thanh tra, kiểm tra theo pháp luật."),
    "/lanh-dao": ("INT-05", "Lãnh đạo cơ quan", "Nguyễn Văn An - Giám đốc. Sinh năm 1968, quê quán tỉnh Sông Thao, trình độ Thạc sĩ Quản lý công. Trần Thị Bình - Phó Giám đốc, phụ trách chuyên môn, nghiệp vụ của cơ quan."),
    "/tin-tuc": ("NEW-01", "Tin tức - Sự kiện", ""),
    "/van-ban": ("DOC-01", "Hệ thống văn bản", ""),
    "/thu-tuc": ("TTH-01", "Thủ tục hành chính", "Danh mục thủ tục thuộc thẩm quyền: cấp giấy phép, gia hạn giấy phép, cấp lại giấy chứng nhận, xác nhận hồ sơ; nộp trực tuyến trên Cổng Dịch vụ công quốc gia, lệ phí ghi trong từng thủ tục."),
    "/ngan-sach": ("BUD-01", "Công khai ngân sách", ""),
    "/hoi-dap": ("FBK-03", "Hỏi đáp", "Thời hạn giải quyết hồ sơ cấp lại giấy chứng nhận là bao lâu? Năm ngày làm việc kể từ ngày nhận đủ hồ sơ hợp lệ theo quy định hiện hành của cơ quan có thẩm quyền."),
    "/lien-he": ("CON-01", "Liên hệ", "Địa chỉ: Số 12 đường Trần Hưng Đạo, phường Trung Tâm, tỉnh Sông Thao. Điện thoại: 0271.3888.123. Email: vanphong@songthao.test. Cơ quan tiếp nhận phản ánh trong giờ hành chính các ngày làm việc."),
}  # fmt: skip
TITLES = {
    "/tin-tuc": "Hội nghị triển khai nhiệm vụ công tác lần thứ {} của cơ quan năm nay",
    "/van-ban": "Quyết định số {}/QĐ-SNV về việc ban hành quy chế làm việc của cơ quan",
    "/ngan-sach": "Công khai dự toán thu, chi ngân sách đợt {} của cơ quan năm nay",
}
FOOT = (
    "<footer><p>Trang thông tin điện tử cơ quan. Chịu trách nhiệm: Nguyễn Văn An - Giám đốc</p>"
    "<p>Địa chỉ: Số 12 đường Trần Hưng Đạo. Điện thoại: 0271.3888.123. Email: vanphong@songthao.test</p></footer>"
)


def menu(extra: str = "") -> str:
    links = "".join(f'<li><a href="{path}">{escape(label)}</a></li>' for path, (_, label, _) in SECTIONS.items())
    return f'<nav id="menu"><ul><li><a href="/">Trang chủ</a></li>{links}{extra}</ul></nav>'


def page(title: str, main: str, *, nav: str | None = None, head: str = "", foot: str = FOOT) -> bytes:
    return (
        f"<!DOCTYPE html><html><head><title>{escape(title)}</title>{head}</head><body>"
        f'<header><a href="/"><img src="/logo.png" alt="Trang chủ"></a></header>{menu() if nav is None else nav}'
        f'<main id="content"><h1>{escape(title)}</h1>{main}</main>{foot}</body></html>'
    ).encode()


def entry(address: str, title: str, day: date) -> str:
    return f'<li class="item"><a href="{address}">{escape(title)}</a> <span class="date">{day:%d/%m/%Y}</span></li>'


def listing(path: str, number: int = 1, more: str = "") -> str:
    """Page `number` (1 or 2) of a section's entries, ten a page, and the pager."""
    items = "".join(
        entry(f"{path}/bai-{one}.html", TITLES[path].format(one), AS_OF - timedelta(days=1 + 3 * one))
        for one in range((number - 1) * 10, number * 10)
    )
    pager = f'<div class="pager"><a href="{path}">1</a> <a href="{path}?page=2">2</a></div>'
    return f"<ul>{items}</ul>{more}{pager}"


def pages() -> dict[str, bytes]:
    """Target → page of the good site."""
    found = {"/": page("Trang thông tin điện tử Sở Nội vụ", listing("/tin-tuc").split("<div")[0])}
    for path, (_, label, text) in SECTIONS.items():
        if path in TITLES:
            found[path] = page(label, listing(path))
            found[f"{path}?page=2"] = page(label, listing(path, 2))
        else:
            found[path] = page(label, f"<p>{escape(text)}</p>")
    return found


PAGES = pages()
NOT_FOUND = answer(page("404", "<p>Không tìm thấy trang</p>"), "404 Not Found")
ROBOTS = b"User-agent: *\nDisallow: /khong-vao/\n"
Spoil = Callable[[Asked], Iterable[Piece] | bytes | None]
"""What a hostile site does with a request; None: what the good site would."""


def good(asked: Asked) -> bytes:
    if asked.path == "/robots.txt":
        return answer(ROBOTS, kind="text/plain")
    body = PAGES.get(asked.target)
    return NOT_FOUND if body is None else answer(body)


@dataclass(frozen=True)
class Hostile:
    """A hostile site and what the crawl must make of it.

    `problems`: target → problem of its row in the store. `same`: all sections are judged as on the good site, but for
    those of `findings` (requirement → outcome and reason). `never`: no target that begins so may be asked for.
    """

    id: str
    spoil: Spoil
    state: str = "complete"
    problems: dict[str, str] = field(default_factory=dict)
    findings: dict[str, tuple[str, str]] = field(default_factory=dict)
    same: bool = True
    bounds: frozenset[str] = frozenset()
    never: tuple[str, ...] = ()
    at_most: int = 60
    errors: frozenset[str] = frozenset()  # problems that the crawl counts

    @property
    def host(self) -> str:
        return f"{self.id}.songthao.test"

    def __call__(self, asked: Asked) -> Iterator[Piece]:
        given = self.spoil(asked)
        if given is None:
            given = good(asked)
        yield from [given] if isinstance(given, bytes) else given


def on(target: str, *responses: bytes | Iterable[Piece]) -> Spoil:
    """At one target the responses in turn, the last one for ever; else the good site."""

    def spoil(asked: Asked) -> Iterable[Piece] | bytes | None:
        return responses[min(asked.times, len(responses)) - 1] if asked.target == target else None

    return spoil


def everywhere(response: bytes) -> Spoil:
    return lambda asked: response
