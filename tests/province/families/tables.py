"""Imitates a home-made PHP site: one script, nested tables, image links with empty alt, a server clock above the true date."""

from datetime import date

from tests.province.content import Item, Section, Site
from tests.province.families.markup import Route, article_text, contact_lines, e, faulty, html, inner

SIZE = 15
_PICTURES = {
    "TTH-01": "tt_hc.png",
    "BUD-01": "cong_khai_ngan_sach.png",
    "FBK-01": "duthao.png",
    "FBK-10": "lich_tiep_dan.png",
}
"""Sections whose link is a picture without a text."""


def number_of(site: Site, section: Section) -> int:
    return 100 + site.sections.index(section)


def front(site: Site, section: Section) -> str:
    outside = site.link(section)
    if outside:
        return outside
    if section.kind == "contact":
        return "/index.php?com=lien-he"
    return f"/index.php?com={'tintuc' if section.items else 'gioithieu'}&id={number_of(site, section)}"


def article(site: Site, section: Section, item: Item) -> str:
    return f"/index.php?com=tintuc_ct&id_news={item.id}"


def turn(section: Section, address: str, number: int) -> str:
    return address if number == 1 else f"{address}&page={number}"


def clock(day: date) -> str:
    return f"{day:%A}, {day:%d/%m/%Y}"


def page(site: Site, title: str, main: str) -> str:
    rows, pictures = "", ""
    for one in site.shown():
        if one.requirement in _PICTURES:
            pictures += f'<tr><td><a href="{e(front(site, one))}"><img src="/images/{_PICTURES[one.requirement]}" alt="" border=0></a></td></tr>'
        else:
            rows += f'<tr><td class="leftmenu"><a href="{e(front(site, one))}">{e(one.label)}</a></td></tr>'
    lines = "<br>".join(f"{label}: {e(value)}" for label, value in contact_lines(site.footer))
    return f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>{e(title)} | {e(site.name)}</title></head><body bgcolor=#ffffff>
<table width=1000 align=center><tr><td colspan=2><img src="/images/banner.jpg" width=1000></td></tr><tr><td colspan=2 align=right>{clock(site.as_of)}</td></tr>
<tr><td width=220 valign=top><table class="menutrai"><tr><td><a href="/">Trang chủ</a></td></tr>{rows}{pictures}</table></td>
<td valign=top><table width=100%><tr><td>{main}</td></tr></table></td></tr>
<tr><td colspan=2 align=center><table><tr><td>Bản quyền thuộc {e(site.name)}<br>{lines}<br>Giấy phép số 55/GP-BC cấp ngày 04/05/2005</td></tr></table></td></tr></table></body></html>"""


def listing(site: Site, section: Section, items: list[Item], number: int, count: int) -> str:
    blank = faulty(section)
    if blank is not None:
        return page(site, section.label, f'<div class="tieude">{e(section.label)}</div>{blank}')
    rows = ""
    for one in items:
        if section.kind == "documents":
            rows += f'<tr><td>{e(one.number)}</td><td><a href="{e(article(site, section, one))}">{e(one.title)}</a></td><td>{one.day:%d/%m/%Y}</td></tr>'
        else:
            stamp = (
                ""
                if section.state == "no_date"
                else f"<br><i>Ngày đăng: {one.day:%d/%m/%Y} - Lượt xem: {one.id % 400}</i>"
            )
            rows += f'<tr><td><a href="{e(article(site, section, one))}"><b>{e(one.title)}</b></a>{stamp}</td></tr>'
    if section.kind == "documents":
        rows = f"<tr><th>Số ký hiệu</th><th>Trích yếu</th><th>Ngày ban hành</th></tr>{rows}"
    links = " ".join(
        f'<a href="{e(turn(section, front(site, section), n))}">{n}</a>' for n in range(1, count + 1) if n != number
    )
    return page(
        site,
        section.label,
        f'<div class="tieude">{e(section.label)}</div><table class="ds">{rows}</table><p>Trang: {links}</p>',
    )


def story(site: Site, section: Section, item: Item) -> str:
    stamp = (
        ""
        if section.state == "no_date"
        else f"<p><i>Ngày đăng: {item.day:%d/%m/%Y} - Lượt xem: {item.id % 400}</i></p>"
    )
    return page(
        site,
        item.title,
        f'<div class="tieude_ct"><h3>{e(item.title)}</h3></div>{stamp}<p>Xem với cỡ chữ A A</p>{article_text(site, item)}',
    )


def static(site: Site, section: Section) -> str:
    blank = faulty(section)
    if section.kind == "contact" and blank is None:
        blank = (
            "<table>"
            + "".join(f"<tr><td>{label}</td><td>{e(value)}</td></tr>" for label, value in contact_lines(site.contact))
            + "</table>"
        )
    if section.kind == "sitemap" and blank is None:
        blank = (
            "<ul>"
            + "".join(f'<li><a href="{e(front(site, one))}">{e(one.label)}</a></li>' for one in site.shown())
            + "</ul>"
        )
    return page(
        site,
        section.label,
        f'<div class="tieude">{e(section.label)}</div>{inner(site, section) if blank is None else blank}',
    )


def home(site: Site) -> str:
    news = site.section("NEW-01")
    rows = "".join(
        f'<tr><td><a href="{e(article(site, news, one))}"><b>{e(one.title)}</b></a><br><i>Ngày đăng: {one.day:%d/%m/%Y}</i></td></tr>'
        for one in news.items[:8]
    )
    return page(site, "Trang chủ", f'<div class="tieude">Tin mới</div><table>{rows}</table>')


def more(site: Site) -> dict[str, Route]:
    return {"/index.php": lambda: html(home(site))}


def clean(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
