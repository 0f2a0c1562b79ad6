"""Imitates Liferay 6 and VNPT Portal: portlets, 300-character paging, slugs that lose every đ, relative language links."""

from crawler.text import fold
from tests.province.content import Item, Section, Site
from tests.province.families.markup import (
    WEEKDAYS,
    Route,
    article_text,
    contact_lines,
    e,
    faulty,
    html,
    inner,
    redirect,
)

SIZE = 20
_PORTLET = "p_p_id=101_INSTANCE_Zk9x&p_p_lifecycle=0&p_p_state=normal&p_p_mode=view&p_p_col_id=column-2&p_p_col_count=1"


def slug(section: Section) -> str:
    return "-".join(fold(section.label.lower().replace("đ", "")).replace(",", " ").replace("-", " ").split())


def front(site: Site, section: Section) -> str:
    return site.link(section) or f"/web/{site.id}/{slug(section)}"


def article(site: Site, section: Section, item: Item) -> str:
    return f"{front(site, section)}/-/view-article/1/168137628{item.id}/171211373{item.id}"


def turn(section: Section, address: str, number: int) -> str:
    return (
        address if number == 1 else f"{address}?{_PORTLET}&_101_INSTANCE_Zk9x_delta=20&_101_INSTANCE_Zk9x_cur={number}"
    )


def when(item: Item) -> str:
    return f"21:{item.id % 50 + 10}, {WEEKDAYS[item.day.weekday()].title()}, {item.day.day}-{item.day.month}-{item.day.year}"


def page(site: Site, title: str, main: str) -> str:
    menu = "".join(
        f'<li role="presentation"><a href="{e(front(site, one))}" role="menuitem"><span>{e(one.label)}</span></a></li>'
        for one in site.shown()
    )
    lines = "; ".join(f"{label}: {e(value)}" for label, value in contact_lines(site.footer))
    return f"""<!DOCTYPE html><html class="ltr" lang="vi-VN"><head><title>{e(title)} - {e(site.name)}</title><meta content="text/html; charset=UTF-8" http-equiv="content-type">
<script>Liferay.ThemeDisplay={{}}; Liferay.Portlet.list=[];</script></head><body class="controls-visible"><a href="#main-content">Truy cập nội dung luôn</a>
<div id="wrapper"><header id="banner" role="banner"><div id="heading"><a class="logo" href="/"><img alt="{e(site.name)}" src="/image/layout_set_logo"></a>
<a href="en/">English</a> <a href="vi/">Tiếng Việt</a></div>
<nav id="navigation" role="navigation"><ul role="menubar"><li><a href="/">Trang chủ</a></li>{menu}</ul></nav></header>
<div id="content"><div class="columns-2" id="main-content" role="main"><div class="portlet-layout row-fluid"><div class="portlet-column span8" id="column-2">{main}</div></div></div></div>
<footer id="footer" role="contentinfo"><p><b>CỔNG THÔNG TIN ĐIỆN TỬ {e(site.name.upper())}</b></p><p>Chịu trách nhiệm chính: Ông {e(site.leaders[0])}</p>
<p>{lines}</p><p>Ghi rõ nguồn khi phát hành lại thông tin từ trang này.</p></footer></div></body></html>"""


def portlet(title: str, body: str) -> str:
    return f'<section class="portlet"><header class="portlet-topper"><h1 class="portlet-title"><span class="portlet-title-text">{e(title)}</span></h1></header><div class="portlet-body">{body}</div></section>'


def listing(site: Site, section: Section, items: list[Item], number: int, count: int) -> str:
    address = front(site, section)
    blank = faulty(section)
    if blank is not None:
        return page(site, section.label, portlet(section.label, blank))
    body = ""
    for one in items:
        link = f'<a href="{e(article(site, section, one))}">{e(one.title)}</a>'
        if section.kind == "documents":
            body += f'<div class="row-item"><div class="so">Số: {e(one.number)}</div><div>{link}</div><div>Ngày ban hành: {one.day:%d/%m/%Y}</div></div>'
        elif section.state == "no_date":
            body += f'<div class="asset-abstract"><h3 class="asset-title">{link}</h3><div class="asset-summary">Chi tiết tại bài viết.</div></div>'
        else:
            body += f'<div class="asset-abstract"><h3 class="asset-title">{link}</h3><span class="metadata-publish-date">Ngày cập nhật: {when(one)}</span></div>'
    if count > 1:
        links = "".join(
            f'<li><a href="{e(turn(section, address, n))}">{n}</a></li>' for n in range(1, count + 1) if n != number
        )
        following = (
            f'<li><a href="{e(turn(section, address, number + 1))}">Tiếp theo</a></li>' if number < count else ""
        )
        body += f'<div class="taglib-page-iterator"><ul class="pager">{links}{following}</ul></div>'
    return page(site, section.label, portlet(section.label, body))


def story(site: Site, section: Section, item: Item) -> str:
    stamp = "" if section.state == "no_date" else f'<div class="date">Ngày cập nhật: {when(item)}</div>'
    return page(
        site,
        item.title,
        portlet(
            section.label,
            f'<h2 class="title">{e(item.title)}</h2>{stamp}<div class="journal-content">{article_text(site, item)}</div>',
        ),
    )


def static(site: Site, section: Section) -> str:
    blank = faulty(section)
    if section.kind == "contact" and blank is None:
        blank = "<p>" + ". ".join(f"{label}: {e(value)}" for label, value in contact_lines(site.contact)) + "</p>"
    if section.kind == "sitemap" and blank is None:
        blank = (
            "<ul>"
            + "".join(f'<li><a href="{e(front(site, one))}">{e(one.label)}</a></li>' for one in site.shown())
            + "</ul>"
        )
    return page(site, section.label, portlet(section.label, inner(site, section) if blank is None else blank))


def home(site: Site) -> str:
    parts = ""
    for requirement in ("NEW-01", "NEW-02"):
        section = site.section(requirement)
        if section.state == "good":
            rows = "".join(
                f'<li><a href="{e(article(site, section, one))}">{e(one.title)}</a> ({one.day:%d/%m/%Y})</li>'
                for one in section.items[:5]
            )
            parts += portlet(section.label, f"<ul>{rows}</ul>")
    return page(site, "Trang chủ", parts)


def more(site: Site) -> dict[str, Route]:
    return {f"/web/{site.id}": lambda: html(home(site)), f"/web/{site.id}/home": lambda: redirect("/")}


def clean(path: str, query: str) -> str:
    """The endless language tree answers with the page behind it: /en/en/vi/… is the home page again."""
    parts = [part for part in path.split("/") if part not in ("en", "vi")]
    return ("/".join(parts) or "/") + (f"?{query}" if query else "")
