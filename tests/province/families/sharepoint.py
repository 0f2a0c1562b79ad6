"""Imitates SharePoint with a vendor's portal on top: /Pages/x.aspx, ItemID, upper and lower case twins, 12-hour times."""

from tests.province.content import Item, Section, Site
from tests.province.families.markup import Route, article_text, contact_lines, e, faulty, html, inner

SIZE = 25


def front(site: Site, section: Section) -> str:
    return site.link(section) or f"/Pages/{section.slug[:30]}.aspx"


def article(site: Site, section: Section, item: Item) -> str:
    return f"/portal/Pages/{item.day:%Y-%m-%d}/{item.slug[:50]}-{item.id:x}.aspx"


def turn(section: Section, address: str, number: int) -> str:
    return address if number == 1 else f"{address}?Page={number}"


def stamp(item: Item) -> str:
    return f"{item.day:%d/%m/%Y} | {item.id % 11 + 1:02d}:{item.id % 60:02d} {'AM' if item.id % 2 else 'PM'}"


def page(site: Site, title: str, main: str) -> str:
    menu = "".join(
        f'<li class="static"><a class="static menu-item" href="{e(front(site, one))}"><span class="menu-item-text">{e(one.label)}</span></a></li>'
        for one in site.shown()
    )
    lines = " - ".join(f"{label}: {e(value)}" for label, value in contact_lines(site.footer))
    return f"""<!DOCTYPE html><html dir="ltr" lang="vi-VN"><head><meta name="GENERATOR" content="Microsoft SharePoint"><meta charset="utf-8"><title>{e(title)} - {e(site.name)}</title>
<script>var _spPageContextInfo={{}};</script></head><body><form method="post" action="./"><input type="hidden" name="__VIEWSTATE" value="x"><a href="javascript:;">Skip Ribbon Commands</a>
<div id="s4-workspace"><div id="s4-titlerow"><a href="/"><img src="/SiteAssets/logo.png" alt="{e(site.name)}"></a></div>
<div class="ms-core-navigation" role="navigation"><ul class="root static"><li><a href="/">Trang chủ</a></li>{menu}</ul></div>
<div id="contentBox"><div id="DeltaPlaceHolderMain">{main}</div></div>
<div id="chantrang" class="footer"><div>Bản quyền {e(site.name)}. Người chịu trách nhiệm: {e(site.leaders[0])}</div><div>{lines}</div></div></div></form></body></html>"""


def listing(site: Site, section: Section, items: list[Item], number: int, count: int) -> str:
    blank = faulty(section)
    if blank is not None:
        return page(site, section.label, f"<h2>{e(section.label)}</h2><div class='ms-rtestate-field'>{blank}</div>")
    rows = ""
    for one in items:
        link = f'<a class="ms-listlink" href="{e(article(site, section, one))}">{e(one.title)}</a>'
        if section.kind == "documents":
            rows += f"<tr><td>{e(one.number)}</td><td>{link}</td><td>{one.day:%d/%m/%Y}</td></tr>"
        else:
            shown = (
                ""
                if section.state == "no_date"
                else f'<div class="PublishedDate">Ngày đăng {stamp(one)} | View count: {one.id % 900}</div>'
            )
            rows += f'<li class="dfwp-item"><div class="item link-item">{link}</div>{shown}</li>'
    rows = (
        f"<table><tr><th>Số văn bản</th><th>Trích yếu</th><th>Ngày ban hành</th></tr>{rows}</table>"
        if section.kind == "documents"
        else f'<ul class="dfwp-column">{rows}</ul>'
    )
    links = "".join(
        f'<td><a href="{e(turn(section, front(site, section), n))}">{n}</a></td>'
        for n in range(1, count + 1)
        if n != number
    )
    return page(
        site, section.label, f"<h2>{e(section.label)}</h2>{rows}<table class='ms-bottompaging'><tr>{links}</tr></table>"
    )


def story(site: Site, section: Section, item: Item) -> str:
    shown = "" if section.state == "no_date" else f'<div class="PublishedDate">Ngày đăng {stamp(item)}</div>'
    return page(
        site,
        item.title,
        f'<h2 class="ArticleTitle">{e(item.title)}</h2>{shown}<div class="ms-rtestate-field">{article_text(site, item)}</div>',
    )


def static(site: Site, section: Section) -> str:
    blank = faulty(section)
    if section.kind == "contact" and blank is None:
        blank = "<p>" + "<br>".join(f"{label} : {e(value)}" for label, value in contact_lines(site.contact)) + "</p>"
    if section.kind == "sitemap" and blank is None:
        blank = (
            "<ul>"
            + "".join(f'<li><a href="{e(front(site, one))}">{e(one.label)}</a></li>' for one in site.shown())
            + "</ul>"
        )
    return page(
        site,
        section.label,
        f"<h2>{e(section.label)}</h2><div class='ms-rtestate-field'>{inner(site, section) if blank is None else blank}</div>",
    )


def home(site: Site) -> str:
    news = site.section("NEW-01")
    rows = "".join(
        f'<li class="dfwp-item"><div class="item link-item"><a href="{e(article(site, news, one))}">{e(one.title)}</a></div><div class="PublishedDate">{stamp(one)}</div></li>'
        for one in news.items[:7]
    )
    return page(site, "Trang chủ", f'<h2>Tin mới nhất</h2><ul class="dfwp-column">{rows}</ul>')


def more(site: Site) -> dict[str, Route]:
    return {"/Pages/default.aspx": lambda: html(home(site))}


def clean(path: str, query: str) -> str:
    """Case does not matter on this platform."""
    return f"{path}?{query}" if query else path
