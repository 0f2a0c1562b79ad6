"""A site that grows from night to night: listings in different orders, validators, a night on which it is thin."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "sothu.songthao.test"
SIZE = 10
STATIC = {
    "co-cau-to-chuc": "Cơ cấu tổ chức",
    "chuc-nang": "Chức năng, nhiệm vụ",
    "lanh-dao": "Lãnh đạo Sở",
    "thu-tuc": "Thủ tục hành chính",
    "lien-he": "Liên hệ",
    "hoi-dap": "Hỏi đáp",
}
LISTINGS = {
    "tin-tuc": ("Tin tức - Sự kiện", "newest_first"),
    "chi-dao": ["Thông tin chỉ đạo điều hành", "newest_first"],
    "van-ban": ("Hệ thống văn bản", "oldest_first"),
    "ngan-sach": ("Công khai ngân sách", "unordered"),
    "quy-hoach": ("Chiến lược, quy hoạch, kế hoạch", "undated"),
}
WORDS = (
    "Nội dung do cơ quan công bố theo quy định, gồm thông tin cần thiết cho tổ chức và cá nhân đến liên hệ công việc. "
)
TOOLS = "<a href='#' onclick='window.print(); return false'>In trang</a>"
CONTACT = (
    "<p>Địa chỉ: số 1 đường Hùng Vương, phường Trung Tâm, tỉnh Sông Thao</p><p>Điện thoại: 0271.3888.012</p>"
    "<p>Thư điện tử: sothu@songthao.test</p>"
)


@dataclass
class GrowingSite:
    """`items`: listing → [(slug, title, day)], the newest last. `validators`: answers 304 to what it knows.

    `crowd`: so many further menu entries that no law asks for, each a page that leads to as many again.
    """

    as_of: date
    listings: dict[str, tuple[str, str]] = field(default_factory=lambda: dict(LISTINGS))
    validators: bool = True
    thin: bool = False
    crowd: int = 0
    items: dict[str, list[tuple[str, str, date]]] = field(default_factory=dict)
    log: list[tuple[str, int]] = field(default_factory=list)  # (target, status)

    def grow(self, listing: str, count: int, *, days_ago: int = 0) -> list[str]:
        """Add entries, one a day up to so many days ago, or all today, and give their titles."""
        held = self.items.setdefault(listing, [])
        first = len(held)
        for number in range(first, first + count):
            day = self.as_of - timedelta(days=days_ago + first + count - 1 - number if days_ago else 0)
            held.append(
                (f"bai-{number}", f"{self.listings[listing][0]}: bài viết số {number} về công tác của ngành", day)
            )
        return [title for _, title, _ in held[first:]]

    def page(self, target: str) -> str | None:
        """The page at a target, None where there is none."""
        if target == "/":
            first = next(iter(self.listings))
            return self._frame("Trang chủ", f"<h2>Tin mới</h2>{self._list(self._shown(first)[:5], first)}")
        parts = target.strip("/").split("/")
        if parts[0].startswith("chuyen-trang"):
            further = "".join(f"<p><a href='{target}/{n}'>Bài {n}</a></p>" for n in range(1, self.crowd + 1))
            return self._frame("Chuyên trang", f"<p>{WORDS}</p>{further}") if len(parts) < 4 else None
        if self.thin:
            return None
        if len(parts) == 1 and parts[0] in STATIC:
            own = CONTACT if parts[0] == "lien-he" else f"<p>{WORDS * 4}</p><p>{STATIC[parts[0]]}.</p>"
            return self._frame(STATIC[parts[0]], own)
        if parts[0] not in self.listings:
            return None
        if len(parts) == 1 or parts[1].startswith("trang-"):
            return self._listing(parts[0], int(parts[1].removeprefix("trang-")) if len(parts) > 1 else 1)
        found = next((item for item in self.items[parts[0]] if item[0] == parts[1]), None)
        if found is None:
            return None
        return self._frame(found[1], f"<p class='date'>Ngày đăng: {found[2]:%d/%m/%Y}</p>{TOOLS}<p>{WORDS * 6}</p>")

    def _shown(self, listing: str) -> list[tuple[str, str, date]]:
        held = self.items.get(listing, [])
        order = self.listings[listing][1]
        if order == "oldest_first":
            return held
        if order == "unordered":  # by title, as some document lists are
            return sorted(held, key=lambda item: hashlib.sha1(item[1].encode()).hexdigest())
        return held[::-1]

    def _listing(self, listing: str, number: int) -> str | None:
        shown = self._shown(listing)
        count = max(1, -(-len(shown) // SIZE))
        if not 1 <= number <= count:
            return None
        pager = " ".join(
            f"<a href='/{listing}{f'/trang-{n}' if n > 1 else ''}'>{n}</a>" if n != number else f"<b>{n}</b>"
            for n in sorted({1, *range(max(1, number - 2), min(count, number + 2) + 1), count})
        )
        rows = self._list(shown[SIZE * (number - 1) : SIZE * number], listing)
        return self._frame(self.listings[listing][0], f"{rows}<div class='pager'>{pager}</div>")

    def _list(self, items: list[tuple[str, str, date]], listing: str) -> str:
        dated = self.listings[listing][1] != "undated"
        rows = (
            f"<li><a href='/{listing}/{slug}'>{title}</a>{f' <span>({day:%d/%m/%Y})</span>' if dated else ''}</li>"
            for slug, title, day in items
        )
        return f"<ul>{''.join(rows)}</ul>"

    def _frame(self, title: str, main: str) -> str:
        entries = {} if self.thin else {**STATIC, **{slug: label for slug, (label, _) in self.listings.items()}}
        extra = {f"chuyen-trang-{n}": f"Chuyên trang số {n} của ngành" for n in range(1, self.crowd + 1)}
        entries = {**extra, **entries}
        menu = "".join(f"<li><a href='/{slug}'>{label}</a></li>" for slug, label in entries.items())
        return (
            f"<!DOCTYPE html><html lang='vi'><head><meta charset='utf-8'><title>{title} - Sở Thử</title></head><body>"
            f"<nav><ul><li><a href='/'>Trang chủ</a></li>{menu}</ul></nav><main><h1>{title}</h1>{main}</main>"
            "<footer>Sở Thử, số 1 đường Hùng Vương. Điện thoại: 0271.3888.012. "
            "Thư điện tử: sothu@songthao.test</footer></body></html>"
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        site: GrowingSite = self.server.site
        page = None if self.path == "/robots.txt" else site.page(self.path)
        body = (page or "<h1>Không tìm thấy</h1>").encode()
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        status = 200 if page else 404
        if page and site.validators and self.headers.get("If-None-Match") == tag:
            status, body = 304, b""
        site.log.append((self.path, status))
        head = f"HTTP/1.1 {status} -\r\nContent-Type: text/html; charset=utf-8\r\nETag: {tag}\r\n"
        self.wfile.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serve_growing(site: GrowingSite, folder: Path) -> Iterator[Path]:
    """Serve the site while the block runs; gives its registry."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    registry = folder / "registry.yml"
    registry.write_text(
        "province: {id: songthao, name: Tỉnh Sông Thao, timezone: Asia/Ho_Chi_Minh, domain: songthao.test, "
        'area_codes: ["271"]}\n'
        f"sites:\n  - id: so-thu\n    name: Sở Thử\n    kind: department\n    url: http://{HOST}/\n"
        f'    connect_to: "127.0.0.1:{server.server_address[1]}"\n',
        encoding="utf-8",
    )
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
