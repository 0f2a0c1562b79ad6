"""Made-up sites of any size for measuring: pages of 40 to 100 KB with 60 to 150 links, as the platforms in use write them.

A page is made when it is asked for, from the site's number and the page's address alone, so that thousands of pages
cost no memory and two runs are served the same bytes. Nothing in them is real.
"""

import random
import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from html import escape

from tests.province.content import _ACTS, _MATTERS, _WHERE, slug_of

PER_PAGE = 12
FRONTS = (
    "Tin tức - Sự kiện", "Thông tin chỉ đạo điều hành", "Tuyên truyền, phổ biến pháp luật", "Hệ thống văn bản",
    "Chiến lược - Quy hoạch - Kế hoạch", "Đấu thầu, mua sắm công", "Công khai ngân sách", "Lấy ý kiến dự thảo văn bản",
    "Cải cách hành chính", "Chuyển đổi số", "Hoạt động đoàn thể", "Học tập và làm theo lời Bác", "Thông báo", "Khen thưởng, xử phạt",
    "Thông tin tuyển dụng", "Nghiên cứu khoa học", "Hoạt động cơ sở", "Tin trong ngành", "Phòng, chống tham nhũng",
    "An toàn giao thông", "Nông thôn mới", "Quốc phòng, an ninh", "Văn hóa, xã hội", "Kinh tế, đầu tư",
)  # fmt: skip
"""Sections that list entries; every third one shows no dates, so that its articles are fetched."""
STATIC = (
    "Cơ cấu tổ chức", "Chức năng, nhiệm vụ", "Quá trình hình thành và phát triển", "Lãnh đạo cơ quan", "Thủ tục hành chính",
    "Hỏi đáp", "Lịch tiếp công dân", "Tiếp cận thông tin", "Liên hệ", "Sơ đồ cổng", "Đường dây nóng", "Lịch làm việc", "Dịch vụ công trực tuyến",
)  # fmt: skip
_TEXT = (
    "Thực hiện kế hoạch của Ủy ban nhân dân tỉnh, đơn vị đã tổ chức triển khai các nhiệm vụ trọng tâm, phân công cụ thể cho từng phòng chuyên môn, đơn vị trực thuộc",
    "Phát biểu tại hội nghị, đồng chí lãnh đạo đề nghị các địa phương tiếp tục rà soát, tháo gỡ khó khăn, vướng mắc, bảo đảm tiến độ và chất lượng công việc",
    "Đến nay, tỷ lệ hồ sơ giải quyết đúng hạn đạt trên 98%, mức độ hài lòng của người dân và doanh nghiệp được nâng lên rõ rệt so với cùng kỳ năm trước",
    "Thời gian tới, cơ quan sẽ đẩy mạnh ứng dụng công nghệ thông tin, công khai, minh bạch quy trình, thủ tục và kết quả giải quyết trên Cổng thông tin điện tử",
    "Căn cứ các quy định hiện hành, cơ quan thông báo để tổ chức, cá nhân có liên quan được biết, phối hợp thực hiện và gửi ý kiến về bộ phận văn thư theo địa chỉ nêu trên",
)  # fmt: skip
_SCRIPT = "".join(
    f"window.cfg{number}={{id:'{number:04x}',base:'/themes/egov/',lang:'vi',widgets:['menu','slider','weather','vote'],timeout:{number * 37}}};"
    f"function fn{number}(a,b){{if(a<b){{return document.getElementById('w{number}').innerHTML='<li>'+a+'</li>';}}return b-a;}}\n"
    for number in range(56)
)
_STYLE = "".join(
    f".box-{number}>.hd{{color:#{number:02x}4a7c;padding:{number}px 4px}}.box-{number} li a:hover{{text-decoration:underline}}\n"
    for number in range(60)
)


@dataclass(frozen=True)
class BenchSite:
    """Site `number` with about `pages` pages that a whole crawl fetches, as it is on `day`.

    `grown`: entries that its first section has gained since. `odd`: it sends no validators and a counter that differs
    on each answer, as most sites do; an even one honours conditional requests.
    """

    number: int
    pages: int
    day: date
    grown: int = 0
    served: list[int] = field(default_factory=lambda: [0], compare=False)

    @property
    def odd(self) -> bool:
        return self.number % 2 == 1

    @cached_property
    def sections(self) -> dict[str, tuple[str, int, bool]]:
        """Slug → (label, entries, whether its listing shows dates)."""
        shares = [1 + 0.5 * (place % 3) for place in range(len(FRONTS))]
        room = max(self.pages - len(STATIC) - 2, 2 * len(FRONTS))
        found = {}
        for place, label in enumerate(FRONTS):
            pages = room * shares[place] / sum(shares)
            dated = place % 3 != 2
            # without dates each listing page brings ten articles along, up to the frontier's budget for one pattern
            listed = pages if dated else max(pages / 11, pages - 80)
            found[slug_of(label)] = (label, max(int(listed * PER_PAGE), 6), dated)
        return found

    def title(self, slug: str, entry: int) -> str:
        chance = random.Random(zlib.crc32(f"{self.number}/{slug}/{entry}".encode()))
        return f"{chance.choice(_ACTS)} {chance.choice(_MATTERS)} {chance.choice(_WHERE)} lần {entry % 97 + 1}"

    def entry(self, slug: str, place: int) -> tuple[str, str, date]:
        """(title, address, day) of the entry at a place of a listing, newest first. Its number is counted from the end."""
        _, count, _ = self.sections[slug]
        number = count - 1 - place
        title = self.title(slug, number)
        back = max(place, 0) * 340 // count
        return title, f"/vi/news/{slug}/{slug_of(title)}-{number + 1000}.html", self.day - timedelta(days=back)

    def body(self, path: str) -> bytes | None:
        """The page at a path, None where there is none. The same path gives the same bytes, but for an odd site's counter."""
        parts = path.strip("/").split("/")
        if path == "/robots.txt":
            return b"User-agent: *\nDisallow: /admin/\n"
        if path in ("/", "/vi/"):
            blocks = "".join(self._block(slug, 6) for slug in list(self.sections)[:8])
            return self._page("Trang nhất", f'<div class="home">{blocks}</div>')
        if len(parts) == 3 and parts[:2] == ["vi", "page"]:
            return self._static(parts[2])
        if len(parts) in (3, 4) and parts[:2] == ["vi", "news"] and parts[2] in self.sections:
            last = parts[3] if len(parts) == 4 else ""
            if not last or last.startswith("page-"):
                return self._listing(parts[2], int(last[5:]) if last else 1)
            return self._article(parts[2], path)
        return None

    def _static(self, slug: str) -> bytes | None:
        label = next((label for label in STATIC if slug_of(label) == slug), None)
        if label is None:
            return None
        extra = ""
        if slug == "lien-he":
            extra = "<p>Điện thoại: 0271.3888.012 - Fax: 0271.3888.013</p><p>Thư điện tử: vanthu@songthao.test</p><p>Địa chỉ: Số 12 đường Trần Hưng Đạo, phường Trung Tâm</p>"
        if slug == "so-do-cong":
            extra = (
                "<ul>"
                + "".join(
                    f'<li><a href="/vi/news/{one}/">{escape(self.sections[one][0])}</a></li>' for one in self.sections
                )
                + "</ul>"
            )
        text = "".join(f"<p>{sentence}. {label} {self.number}.</p>" for sentence in _TEXT * 4)
        return self._page(label, f"<h1>{escape(label)}</h1><div class='bodytext'>{extra}{text}</div>")

    def _listing(self, slug: str, number: int) -> bytes | None:
        label, count, dated = self.sections[slug]
        count += self.grown if slug == next(iter(self.sections)) else 0
        last = -(-count // PER_PAGE)
        if not 1 <= number <= last:
            return None
        grown = count - self.sections[slug][1]
        items = []
        for place in range((number - 1) * PER_PAGE, min(number * PER_PAGE, count)):
            title, href, day = self.entry(slug, place - grown)
            shown = (
                f'<div class="text-muted"><em class="fa fa-clock-o">&nbsp;</em> Thứ hai - {day:%d/%m/%Y} 08:{place % 60:02d}</div>'
                if dated
                else ""
            )
            items.append(
                f'<div class="news_column panel panel-default"><div class="panel-body"><a href="{href}" title="{escape(title)}"><img alt="{escape(title)}" src="/uploads/news/{zlib.crc32(title.encode()):08x}.jpg" width="140" class="img-thumbnail pull-left imghome"></a>'
                f'<h3><a href="{href}" title="{escape(title)}">{escape(title)}</a></h3>{shown}<div class="hometext"><p>{_TEXT[place % 5]}. {_TEXT[(place + 2) % 5]}.</p></div></div></div>'
            )
        near = sorted({1, last, *range(max(1, number - 3), min(last, number + 4) + 1)} - {number})
        paging = "".join(
            f'<li><a href="/vi/news/{slug}/{f"page-{one}/" if one > 1 else ""}">{one}</a></li>' for one in near
        )
        crumbs = f'<ol class="breadcrumb"><li><a href="/">Trang nhất</a></li><li><a href="/vi/news/{slug}/">{escape(label)}</a></li></ol>'
        return self._page(
            label,
            f'{crumbs}<h1 class="hidden">{escape(label)}</h1>{"".join(items)}<ul class="pagination">{paging}</ul>',
        )

    def _article(self, slug: str, path: str) -> bytes:
        number = int(path.rsplit("-", 1)[-1].removesuffix(".html")) - 1000
        title = self.title(slug, number)
        day = self.entry(slug, self.sections[slug][1] - 1 - number)[2]
        chance = random.Random(zlib.crc32(f"{self.number}{path}".encode()))
        text = "".join(
            f"<p style='text-align:justify'>{'. '.join(chance.sample(_TEXT, 3))}. {escape(title)}.</p>"
            for _ in range(22)
        )
        related = "".join(
            f'<li><em class="fa fa-angle-right"></em> <a href="{href}" title="{escape(name)}">{escape(name)}</a> <span class="date">({when:%d/%m/%Y})</span></li>'
            for name, href, when in (self.entry(slug, place) for place in range(min(10, self.sections[slug][1])))
        )
        return self._page(
            title,
            f'<article><h1 class="title">{escape(title)}</h1><div class="row"><span class="h5">Thứ hai - {day:%d/%m/%Y} 09:{number % 60:02d}</span></div>'
            f'<div id="news-bodyhtml">{text}<p>Tác giả bài viết: Văn phòng</p></div></article><div class="news_column panel"><h4>Những tin cũ hơn</h4><ul class="related">{related}</ul></div>',
        )

    def _block(self, slug: str, count: int) -> str:
        rows = "".join(
            f'<li class="clearfix"><a class="show" href="{href}" data-content="{escape(title)}" data-toggle="tooltip"><img src="/uploads/thumb/{place}.jpg" alt="" width="70">{escape(title)}</a></li>'
            for place, (title, href, _) in (
                (place, self.entry(slug, place)) for place in range(min(count, self.sections[slug][1]))
            )
        )
        return f'<div class="panel panel-primary box-{len(slug)}"><div class="panel-heading"><a href="/vi/news/{slug}/">{escape(self.sections[slug][0])}</a></div><div class="panel-body"><ul class="block_groups list-none">{rows}</ul></div></div>'

    @cached_property
    def _parts(self) -> tuple[str, str, str, str]:
        """(head, menu, side blocks, footer): alike on all pages of the site."""
        name = f"Sở Thử nghiệm số {self.number}"
        about = "".join(
            f'<li><a title="{escape(one)}" href="/vi/page/{slug_of(one)}/">{escape(one)}</a></li>' for one in STATIC
        )
        menu = "".join(
            f'<li class="dropdown"><a class="dropdown-toggle" title="{escape(label)}" href="/vi/news/{slug}/"><span class="icon"></span>{escape(label)}</a></li>'
            for slug, (label, _, _) in self.sections.items()
        )
        head = f"""<!DOCTYPE html><html lang="vi" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"><meta name="generator" content="NukeViet v4.5"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/themes/egov/css/style.css"><link rel="alternate" type="application/rss+xml" title="RSS" href="/vi/news/rss/"><style>{_STYLE}</style><script>{_SCRIPT}</script>"""
        top = f"""</head><body class="home egov"><div class="wraper"><header id="header"><div id="banner"><a href="/" title="{name}"><img src="/themes/egov/images/banner.png" alt="{name}"></a></div>
<div class="topbar"><span>Đường dây nóng: 0271.3888.012</span></div></header><nav class="navbar" id="menu-site-default"><ul class="nav navbar-nav"><li><a href="/"><em class="fa fa-home"></em> Trang nhất</a></li>
<li class="dropdown"><a href="/vi/page/co-cau-to-chuc/">Giới thiệu</a><ul class="dropdown-menu">{about}</ul></li>{menu}</ul></nav>
<form action="/vi/seek/" method="get"><input type="text" name="q" placeholder="Tìm kiếm..."><button type="submit">Tìm</button></form><div class="row"><div class="col-md-16" id="noidung">"""
        links = "".join(f'<option value="https://so{one}.songthao.test/">Sở số {one}</option>' for one in range(20))
        banners = "".join(
            f'<div class="banner"><a href="https://dichvucong{one}.songthao.test/" target="_blank"><img src="/uploads/banners/b{one}.png" alt="Banner {one}"></a></div>'
            for one in range(6)
        )
        table = "".join(
            f"<tr><td>{place}</td><td>Phòng nghiệp vụ {place}</td><td>0271.38881{place:02d}</td><td>Trực ban từ 07:00 đến 17:00</td></tr>"
            for place in range(10, 22)
        )
        side = f"""</div><div class="col-md-8 sidebar" id="right">{self._block(next(iter(self.sections)), 10)}{self._block(list(self.sections)[2], 8)}{banners}
<div class="panel"><select name="lienket"><option value="">Liên kết website</option>{links}</select></div><div class="panel"><table class="table">{table}</table></div>"""
        foot = "".join(
            f'<li><a href="/vi/news/{slug}/">{escape(label)}</a></li>'
            for slug, (label, _, _) in list(self.sections.items())[:12]
        )
        foot = f"""</div></div><footer id="footer"><ul>{foot}</ul><p>Bản quyền thuộc {name}</p><p>Chịu trách nhiệm nội dung: Nguyễn Văn An, Phó Giám đốc</p><p>Địa chỉ: Số 12 đường Trần Hưng Đạo, phường Trung Tâm, tỉnh Sông Thao</p>
<p>Điện thoại: 0271.3888.012 - Fax: 0271.3888.013 - Email: vanthu@songthao.test</p><p>Giấy phép số 12/GP-TTĐT</p></footer></div><script>{_SCRIPT[:9000]}</script></body></html>"""
        return head, top, side, foot

    def _page(self, title: str, main: str) -> bytes:
        head, top, side, foot = self._parts
        counter = 3557914
        if self.odd:
            self.served[0] += 1
            counter += self.served[0]
        stats = f'<div class="panel">Đang truy cập: {counter % 40} Tổng lượt truy cập: {counter}</div>'
        return f"{head}<title>{escape(title)}</title>{top}{main}{side}{stats}{foot}".encode()
