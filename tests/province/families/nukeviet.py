"""Imitates NukeViet 4: /vi/<module>/<category>/<slug>-<id>.html, /page-2/, theme-switch links with fresh tokens."""

import secrets
from datetime import date

from tests.province.content import INTRODUCTION, Item, Section, Site
from tests.province.families.markup import WEEKDAYS, Route, article_text, contact_lines, e, faulty, html, inner

SIZE = 12


def front(site: Site, section: Section) -> str:
    if outside := site.link(section):
        return outside
    if section.kind in ("text", "leaders", "procedures") and section.requirement in INTRODUCTION:
        return f"/vi/about/{section.slug.title()}.html"
    return (
        f"/vi/{'laws' if section.kind == 'documents' else 'news'}/{section.slug}/"
        if section.items
        else f"/vi/{section.slug}/"
    )


def article(site: Site, section: Section, item: Item) -> str:
    return f"{front(site, section)}{item.slug}-{item.id}.html"


def when(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} - {day:%d/%m/%Y} 0{day.day % 8 + 1}:{day.day + 10:02d}"


def page(site: Site, title: str, main: str) -> str:
    """The layout; tokens differ on each answer, as on the real platform."""
    token = secrets.token_hex(16)

    def entry(section: Section) -> str:
        return f'<li><a title="{e(section.label)}" href="{e(front(site, section))}">{e(section.label)}</a></li>'

    about = "".join(entry(one) for one in site.shown() if one.requirement in INTRODUCTION)
    menu = "".join(
        entry(one) for one in site.shown() if one.requirement not in INTRODUCTION and one.requirement != "TEC-18"
    )
    fresh = site.section("NEW-01").items[:4]
    block = "".join(
        f'<li class="clearfix"><a href="{e(article(site, site.section("NEW-01"), one))}">{e(one.title)}</a></li>'
        for one in fresh
    )
    foot = "".join(f"<p><em class='fa'></em> {label}: {e(value)}</p>" for label, value in contact_lines(site.footer))
    sitemap = site.section("TEC-18")
    bottom = f'<a href="{e(front(site, sitemap))}">{e(sitemap.label)}</a>' if sitemap.state != "absent" else ""
    return f"""<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{e(title)} - {e(site.name)}</title>
<meta name="generator" content="NukeViet v4.5"><link rel="alternate" type="application/rss+xml" title="RSS" href="/vi/news/rss/">
<script>var nv_base_siteurl="/",nv_lang_data="vi";</script></head><body>
<div class="wraper"><header><div id="banner"><a href="/"><img src="/themes/egov/images/banner.png" alt="{e(site.name)}"></a></div></header>
<nav class="navbar" id="menu-site-default"><ul class="nav"><li><a href="/">Trang nhất</a></li><li class="dropdown"><a href="/vi/about/">Giới thiệu</a>
<ul class="dropdown-menu">{about}</ul></li>{menu}</ul></nav>
<form action="/vi/seek/" method="get"><input type="text" name="q" placeholder="Tìm kiếm..."></form>
<div class="row"><div class="col-md-16" id="noidung">{main}</div>
<div class="col-md-8"><div class="panel"><div class="panel-heading">Tin nổi bật</div><ul class="block_tophits">{block}</ul></div>
<div class="panel">Đang truy cập: {secrets.randbelow(40)} Tổng lượt truy cập: {3557914 + secrets.randbelow(9999)}</div></div></div>
<footer id="footer"><p>Bản quyền thuộc {e(site.name)}</p><p>Chịu trách nhiệm nội dung: {e(site.leaders[0])}, Trưởng Ban Biên tập</p>{foot}{bottom}
<a href="/vi/?nvvithemever=m&amp;nv_redirect={token}">Giao diện di động</a> <a href="/vi/?nvvithemever=r&amp;nv_redirect={token}">Tự động</a></footer></div></body></html>"""


def listing(site: Site, section: Section, items: list[Item], number: int, count: int) -> str:
    blank = faulty(section)
    if blank is not None:
        return page(site, section.label, f'<h1>{e(section.label)}</h1><div class="bodytext">{blank}</div>')
    if section.kind == "documents":
        rows = "".join(
            f'<tr><td>{e(one.number)}</td><td>{one.day:%d/%m/%Y}</td><td><a href="{e(article(site, section, one))}">{e(one.title)}</a></td>'
            f'<td><a href="/uploads/laws/{one.id}.pdf">Tải về</a></td></tr>'
            for one in items
        )
        body = f"<table><thead><tr><th>Số ký hiệu</th><th>Ngày ban hành</th><th>Trích yếu</th><th>Tệp</th></tr></thead><tbody>{rows}</tbody></table>"
    else:
        show = section.state != "no_date"
        body = "".join(
            f'<div class="news_column panel panel-default"><div class="panel-body"><h3><a href="{e(article(site, section, one))}" title="{e(one.title)}">{e(one.title)}</a></h3>'
            + (f'<p class="text-muted"><em class="fa fa-clock-o">&nbsp;</em> {when(one.day)}</p>' if show else "")
            + "<p>Thực hiện nhiệm vụ được giao, đơn vị đã tổ chức triển khai và đạt kết quả bước đầu.</p></div></div>"
            for one in items
        )
    links = "".join(
        f'<li><a href="{e(front(site, section))}{f"page-{n}/" if n > 1 else ""}">{n}</a></li>'
        for n in range(1, count + 1)
        if n != number
    )
    crumbs = f'<div class="breadcrumbs-wrap"><ul class="breadcrumbs"><li><a href="/">Trang nhất</a></li><li><span>{e(section.label)}</span></li></ul></div>'
    return page(
        site,
        section.label,
        f'{crumbs}<h1 class="hidden">{e(section.label)}</h1>{body}<ul class="pagination">{links}</ul>',
    )


def story(site: Site, section: Section, item: Item) -> str:
    date_line = f'<span class="h5">{when(item.day)}</span>' if section.state != "no_date" else ""
    return page(
        site,
        item.title,
        f'<h1 class="title">{e(item.title)}</h1>{date_line}<div id="news-bodyhtml">{article_text(site, item)}</div>',
    )


def home(site: Site) -> str:
    news = site.section("NEW-01")
    block = "".join(
        f'<div class="item"><h4><a href="{e(article(site, news, one))}">{e(one.title)}</a></h4><span>{when(one.day)}</span></div>'
        for one in news.items[:6]
    )
    return page(site, "Trang nhất", f'<div class="home-news"><h2>Tin mới nhất</h2>{block}</div>')


def static(site: Site, section: Section) -> str:
    blank = faulty(section)
    if section.kind == "contact" and blank is None:
        blank = (
            "<div class='contact-info'>"
            + "".join(f"<p>{label}: {e(value)}</p>" for label, value in contact_lines(site.contact))
            + "</div>"
        )
    if section.kind == "sitemap" and blank is None:
        blank = (
            "<ul>"
            + "".join(f'<li><a href="{e(front(site, one))}">{e(one.label)}</a></li>' for one in site.shown())
            + '<li><a href="/vi/about/">Giới thiệu</a></li></ul>'
        )
    body = inner(site, section) if blank is None else blank
    return page(site, section.label, f"<h1>{e(section.label)}</h1><div class='bodytext'>{body}</div>")


def turn(section: Section, address: str, number: int) -> str:
    return address if number == 1 else f"{address}page-{number}/"


def more(site: Site) -> dict[str, Route]:
    about = [one for one in site.shown() if one.requirement in INTRODUCTION]
    links = "".join(f'<h3><a href="{e(front(site, one))}">{e(one.label)}</a></h3>' for one in about)
    return {
        "/vi/": lambda: html(home(site)),
        "/vi/about/": lambda: html(page(site, "Giới thiệu", f"<h1>Giới thiệu</h1>{links}")),
    }


def clean(path: str, query: str) -> str:
    """The address without what the platform ignores."""
    return path if "nvvithemever" in query or not query else f"{path}?{query}"
