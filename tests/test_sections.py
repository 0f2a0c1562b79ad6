"""What names a section and what does not: menus and headings do, titles of dated entries and skip links do not."""

from datetime import UTC, date, datetime

from crawler.captures import Capture
from crawler.extract.pages import CrawledPages
from crawler.extract.sections import find_sections

HOME = "http://sotuphap.songthao.test/"
MENU = '<a href="#noi-dung">Truy cập nội dung luôn</a><nav><a href="/ke-hoach">Kế hoạch</a></nav>'
TITLE = "Kế hoạch truyền thông chính sách trên địa bàn tỉnh"


def capture(path: str, body: str) -> Capture:
    text = f"<html><head><title>Sở Tư pháp</title></head><body>{MENU}<main>{body}</main></body></html>"
    return Capture(
        url=HOME + path,
        status=200,
        headers={"content-type": "text/html; charset=utf-8"},
        body=text.encode(),
        fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
        record="<urn:uuid:0>",
    )


LISTING = "".join(
    f'<div><h3><a href="/ke-hoach/{number}">{title}</a></h3><span>{number}/10/2026</span><p>Chi tiết.</p></div>'
    for number, title in enumerate((TITLE, "Kế hoạch năm 2026", "Kế hoạch công tác quý IV"), start=10)
)


def test_the_title_of_a_dated_entry_names_no_section() -> None:
    pages = CrawledPages(
        HOME, [capture("", "<p>Trang chủ</p>"), capture("ke-hoach", f"<h1>Kế hoạch</h1>{LISTING}")], ()
    )
    found = find_sections(pages, "department", date(2026, 11, 22))
    assert [(one.label, one.entries) for one in found if one.url == HOME + "ke-hoach"] == [("Kế hoạch", 3)]


def test_a_skip_link_is_no_content() -> None:
    pages = CrawledPages(HOME, [capture("", "<p>Trang chủ của Sở</p>")], ())
    [page] = pages.observations.values()
    assert page.excerpt == "Trang chủ của Sở"


def test_a_list_without_dates_beside_a_dated_one_and_a_map_of_the_site_hold_no_entries() -> None:
    side = "".join(
        f'<li><a href="/khac/{number}">Thông báo khác về việc số {number} của Sở</a></li>' for number in range(5)
    )
    tree = f"<h1>Sơ đồ cổng</h1><ul>{side.replace('/khac/', '/muc/')}</ul>"
    menu = '<p>Trang chủ</p><nav><a href="/so-do-cong">Sơ đồ cổng</a></nav>'
    pages = CrawledPages(
        HOME, [capture("", menu), capture("ke-hoach", f"{LISTING}<ul>{side}</ul>"), capture("so-do-cong", tree)], ()
    )
    found = {one.label: one.entries for one in find_sections(pages, "department", date(2026, 11, 22))}
    assert found["Kế hoạch"] == 3
    assert found["Sơ đồ cổng"] == 0
