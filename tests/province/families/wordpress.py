"""Imitates WordPress: /slug/, /page/2/, <time> elements (two when edited), a menu of divs."""

from datetime import date

from tests.province.content import INTRODUCTION, Item, Section, Site
from tests.province.families.markup import Route, article_text, contact_lines, e, faulty, inner

SIZE = 10
_MONTHS = ("Một", "Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Mười Một", "Mười Hai")


def front(site: Site, section: Section) -> str:
    return site.link(section) or f"/{section.slug}/"


def article(site: Site, section: Section, item: Item) -> str:
    return f"/{item.slug}-{item.id}/"


def words(day: date) -> str:
    return f"{day.day} Tháng {_MONTHS[day.month - 1]}, {day.year}"


def page(site: Site, title: str, main: str) -> str:
    about = "".join(
        f'<div class="menu-item"><a href="{e(front(site, one))}">{e(one.label)}</a></div>'
        for one in site.shown()
        if one.requirement in INTRODUCTION
    )
    menu = "".join(
        f'<div class="menu-item"><a href="{e(front(site, one))}">{e(one.label)}</a></div>'
        for one in site.shown()
        if one.requirement not in INTRODUCTION
    )
    lines = "".join(f"<p>{label}: {e(value)}</p>" for label, value in contact_lines(site.footer))
    return f"""<!doctype html><html lang="vi"><head><meta charset="UTF-8"><title>{e(title)} &#8211; {e(site.name)}</title><link rel="stylesheet" href="/wp-content/themes/xa/style.css">
<link rel="alternate" type="application/rss+xml" href="/feed/"></head><body class="wp-singular"><div id="page"><div id="masthead" class="site-header"><a href="/"><b>{e(site.name)}</b></a>
<div class="main-navigation"><div class="menu"><div class="menu-item"><a href="/">Trang chủ</a></div>{about}{menu}</div></div></div>
<div id="primary"><main class="site-main">{main}</main></div>
<div id="colophon" class="site-footer"><p>© {site.as_of.year} {e(site.name)}</p>{lines}</div></div></body></html>"""


def stamp(day: date) -> str:
    return f'<span class="posted-on"><time class="entry-date published" datetime="{day.isoformat()}T08:00:00+07:00">{words(day)}</time></span>'


def listing(site: Site, section: Section, items: list[Item], number: int, count: int) -> str:
    blank = faulty(section)
    if blank is not None:
        return page(
            site,
            section.label,
            f'<h1 class="page-title">{e(section.label)}</h1><div class="entry-content">{blank}</div>',
        )
    body = ""
    for one in items:
        if section.kind == "documents":
            body += f'<article class="post"><h2 class="entry-title"><a href="{e(article(site, section, one))}">{e(one.number)} {e(one.title)}</a></h2><p>Ngày ban hành: {one.day:%d/%m/%Y}</p></article>'
        else:
            shown = "" if section.state == "no_date" else stamp(one.day)
            body += f'<article class="post"><h2 class="entry-title"><a href="{e(article(site, section, one))}">{e(one.title)}</a></h2><div class="entry-meta">{shown}</div><p>Đọc nội dung tại bài viết.</p></article>'
    links = "".join(
        f'<a class="page-numbers" href="{e(front(site, section))}{f"page/{n}/" if n > 1 else ""}">{n}</a>'
        for n in range(1, count + 1)
        if n != number
    )
    return page(
        site, section.label, f'<h1 class="page-title">{e(section.label)}</h1>{body}<div class="nav-links">{links}</div>'
    )


def story(site: Site, section: Section, item: Item) -> str:
    shown = "" if section.state == "no_date" else stamp(item.day)
    return page(
        site,
        item.title,
        f'<article><h1 class="entry-title">{e(item.title)}</h1><div class="entry-meta">{shown}</div><div class="entry-content">{article_text(site, item)}</div></article>',
    )


def static(site: Site, section: Section) -> str:
    blank = faulty(section)
    if section.kind == "contact" and blank is None:
        blank = (
            "<ul>"
            + "".join(f"<li><strong>{label}:</strong> {e(value)}</li>" for label, value in contact_lines(site.contact))
            + "</ul>"
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
        f'<article><h1 class="entry-title">{e(section.label)}</h1><div class="entry-content">{inner(site, section) if blank is None else blank}</div></article>',
    )


def home(site: Site) -> str:
    news = site.section("NEW-01")
    body = "".join(
        f'<article class="post"><h2 class="entry-title"><a href="{e(article(site, news, one))}">{e(one.title)}</a></h2>{stamp(one.day)}</article>'
        for one in news.items[:6]
    )
    return page(site, "Trang chủ", body)


def turn(section: Section, address: str, number: int) -> str:
    return address if number == 1 else f"{address}page/{number}/"


def more(site: Site) -> dict[str, Route]:
    return {}


def clean(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
