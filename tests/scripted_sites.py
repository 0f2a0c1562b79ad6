"""Sites whose pages are made by scripts, on loopback: applications, a hostile page, pages that never rest."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

DOMAIN = "songthao.test"
TEXT = (
    "Nội dung do cơ quan công bố theo quy định, gồm thông tin cần thiết cho tổ chức và cá nhân đến liên hệ công tác. "
)
SECTIONS = {
    "gioi-thieu": "Cơ cấu tổ chức",
    "tin-tuc": "Tin tức - Sự kiện",
    "lien-he": "Liên hệ",
}
PHONE = "0271.3888.012"
SHELL = """<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Sở Thông tin</title><link rel="stylesheet" href="/app.css">
</head><body><noscript>Vui lòng bật JavaScript để xem trang này.</noscript><div id="app">Đang tải...</div><script src="/app.js"></script></body></html>"""
APPLICATION = """
const box = document.getElementById('app'), link = path => ROUTES ? '#' + path : path;
async function show() {
  const path = ROUTES ? (location.hash.slice(1) || '/') : location.pathname + location.search;
  const menu = await (await fetch('/api/menu', {headers: {'X-Ung-Dung': 'so-thong-tin'}})).json();
  const page = await (await fetch('/api/trang?duong_dan=' + encodeURIComponent(path))).json();
  const items = menu.map(m => `<li><a href="${link(m.path)}">${m.label}</a></li>`).join('');
  const news = page.items.map(i => `<article><h3><a href="${link(i.path)}">${i.title}</a></h3><span class="date">${i.day}</span></article>`);
  const more = page.next ? `<div class="pagination"><a href="${link(page.next)}">2</a></div>` : '';
  box.innerHTML = `<header><a href="${link('/')}">Sở Thông tin tỉnh Sông Thao</a></header><nav class="menu"><ul>${items}</ul></nav>
    <main><h1>${page.title}</h1>${page.html}${news.join('')}${more}</main>
    <footer><p>Bản quyền thuộc Sở Thông tin</p><p>Điện thoại: ${page.phone}</p></footer>`;
}
show();
"""
SERVER_MADE = """<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Sở Nội dung</title></head><body><div id="__next"><nav class="menu"><ul>
<li><a href="/">Trang chủ</a></li><li><a href="/gioi-thieu">Cơ cấu tổ chức</a></li><li><a href="/lien-he">Liên hệ</a></li><li><a href="/khac">Khác</a></li></ul></nav>
<main><h1>{title}</h1><p>{text}</p></main></div><script src="/_next/static/app.js"></script></body></html>"""
HOSTILE = """
const box = document.getElementById('app'), lines = [];
const say = (what, how) => { lines.push(`<li>${what}: ${how}</li>`); };
const get = (what, url, options) => fetch(url, options).then(() => say(what, 'GOT'), () => say(what, 'refused'));
async function attack() {
  navigator.sendBeacon('/beacon', 'x');
  for (const [rel, href] of [['prefetch', '/prefetch'], ['preload', '/preload.png'], ['preconnect', 'http://127.0.0.1:OTHER/']]) {
    const link = document.createElement('link'); link.rel = rel; link.href = href; link.as = 'image'; document.head.appendChild(link);
  }
  const rules = document.createElement('script'); rules.type = 'speculationrules';
  rules.textContent = JSON.stringify({prefetch: [{source: 'list', urls: ['/speculated']}], prerender: [{source: 'list', urls: ['/prerendered']}]});
  document.head.appendChild(rules);
  for (const url of ['ws://SELF/socket', 'ws://127.0.0.1:OTHER/socket']) { try { new WebSocket(url); } catch (error) { say('socket', error); } }
  new Worker(URL.createObjectURL(new Blob([`fetch('http://127.0.0.1:OTHER/worker'); new WebSocket('ws://127.0.0.1:OTHER/worker')`])));
  const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:DATAGRAM'}]});
  peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));
  navigator.serviceWorker && navigator.serviceWorker.register('/worker.js').catch(() => {});
  const form = document.createElement('form'); form.method = 'post'; form.action = '/form'; form.target = '_blank';
  document.body.appendChild(form); form.submit();
  window.open('/popup'); window.open('http://127.0.0.1:OTHER/popup');
  const frame = document.createElement('iframe'); frame.src = 'http://127.0.0.1:OTHER/frame'; document.body.appendChild(frame);
  new Image().src = '/picture.png';
  alert('Bạn có muốn tiếp tục?'); confirm('?');
  const anchor = document.createElement('a'); anchor.href = '/tai-ve'; anchor.download = 'x'; document.body.appendChild(anchor); anchor.click();
  await get('loopback', 'http://127.0.0.1:OTHER/fetched', {mode: 'no-cors'});
  await get('metadata', 'http://169.254.169.254/latest/meta-data/', {mode: 'no-cors'});
  await get('file', 'file:///etc/hostname');
  await get('other host', 'http://khac.songthao.test/fetched', {mode: 'no-cors'});
  await get('post', '/post', {method: 'POST', body: 'x'});
  await get('delete', '/delete-all', {method: 'DELETE'});
  await get('action', '/admin/xoa');
  await get('robots', '/cam/du-lieu');
  await get('redirect', '/sang-cho-khac');
  await get('allowed', '/duoc-phep');
  location.href = '/chuyen-di';
  box.innerHTML = `<h1>Trang tấn công</h1><ul>${lines.join('')}</ul>`;
}
attack();
"""
RESTLESS = "let n = 0; setInterval(() => { document.getElementById('app').innerHTML = '<p>' + 'chữ '.repeat(20 + n++) + '</p>'; }, 20);"
STUCK = "while (true) {}"
HUGE = "document.getElementById('app').innerHTML = '<p>' + 'x'.repeat(9000000) + '</p>';"


@dataclass
class ScriptedSites:
    """`hosts`: name before the domain → its application: spa, routes, server, hostile, or a script's text."""

    as_of: date
    hosts: Mapping[str, str]
    log: list[tuple[str, str, str]] = field(default_factory=list)  # (method, host, target)
    port: int = 0
    other_port: int = 0
    datagram_port: int = 0
    on_data: Callable[[], object] = lambda: None  # called when an application asks for data

    def asked(self, host: str) -> list[str]:
        return [target for _, name, target in self.log if name == f"{host}.{DOMAIN}"]

    def answer(self, host: str, target: str) -> tuple[int, str, str, dict[str, str]]:
        """(status, type, body, further headers)."""
        kind = self.hosts.get(host.removesuffix(f".{DOMAIN}"))
        path = urlsplit(target).path
        if kind is None:
            return 404, "text/plain", "", {}
        if path == "/robots.txt":
            return 200, "text/plain", "User-agent: *\nDisallow: /cam/\n", {}
        if kind == "server":
            title = SECTIONS.get(path.strip("/"), "Trang chủ")
            return 200, "text/html", SERVER_MADE.format(title=title, text=f"{title} của Sở. {TEXT * 3}"), {}
        if path == "/app.js":
            return 200, "text/javascript", self._script(kind, host), {}
        if path == "/sang-cho-khac":
            return 302, "text/html", "", {"Location": f"http://127.0.0.1:{self.other_port}/redirected"}
        if path.startswith("/api/"):
            found = self._data(path, parse_qs(urlsplit(target).query))
            return (200, "application/json", found, {}) if found else (404, "application/json", "{}", {})
        return 200, "text/html", SHELL, {"ETag": '"vo"'}

    def _script(self, kind: str, host: str) -> str:
        if kind in ("spa", "routes"):
            return f"const ROUTES = {str(kind == 'routes').lower()};{APPLICATION}"
        script = HOSTILE if kind == "hostile" else kind
        return (
            script.replace("SELF", host)
            .replace("OTHER", str(self.other_port))
            .replace("DATAGRAM", str(self.datagram_port))
        )

    def _data(self, path: str, query: dict[str, list[str]]) -> str | None:
        self.on_data()
        if path == "/api/menu":
            return json.dumps([{"label": label, "path": f"/{slug}"} for slug, label in SECTIONS.items()])
        target = urlsplit(query.get("duong_dan", ["/"])[0])
        slug = target.path.strip("/")
        if slug not in SECTIONS and slug:
            return None
        page = {
            "title": SECTIONS.get(slug, "Trang chủ"),
            "html": f"<p>{slug}: {TEXT * 3}</p>",
            "items": [],
            "phone": PHONE,
        }
        if slug == "tin-tuc":
            second = "trang=2" in target.query
            page |= {"html": "", "items": self.news(2 if second else 1), "next": "" if second else "/tin-tuc?trang=2"}
        if slug == "lien-he":
            page["html"] = f"<p>Địa chỉ: Số 1 đường Trần Hưng Đạo, tỉnh Sông Thao</p><p>Điện thoại: {PHONE}</p>"
        return json.dumps(page)

    def news(self, page: int) -> list[dict[str, str]]:
        numbers = range(1, 6) if page == 1 else range(6, 9)
        return [
            {
                "title": f"Hội nghị lần thứ {number} về chuyển đổi số trong cơ quan",
                "path": f"/bai-viet/{number}",
                "day": f"{self.as_of - timedelta(days=number):%d/%m/%Y}",
            }
            for number in numbers
        ]

    def write_registry(self, folder: Path) -> Path:
        lines = [
            f'province: {{id: songthao, name: Tỉnh Sông Thao, timezone: Asia/Ho_Chi_Minh, domain: {DOMAIN}, area_codes: ["271"]}}',
            "sites:",
        ]
        for name in self.hosts:
            lines += [
                f'  - {{id: so-{name}, name: Sở {name}, kind: department, url: "http://{name}.{DOMAIN}/",',
                f'     connect_to: "127.0.0.1:{self.port}"}}',
            ]
        path = folder / "registry.yml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _respond(self) -> None:
        sites: ScriptedSites = self.server.sites  # type: ignore[attr-defined]
        host = self.headers.get("Host", "")
        sites.log.append((self.command, host, self.path))
        status, kind, text, more = sites.answer(host, self.path)
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_CONNECT = _respond

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve_scripted(as_of: date, hosts: Mapping[str, str]) -> Iterator[ScriptedSites]:
    """Serve the sites while the block runs; beside them a listener on another port, and one for datagrams."""
    sites = ScriptedSites(as_of, hosts)
    servers = []
    for _ in range(2):
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.daemon_threads = True
        server.sites = sites  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
    sites.port, sites.other_port = (server.server_address[1] for server in servers)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 0))
    sites.datagram_port = datagrams.getsockname()[1]

    def listen() -> None:
        while True:
            data, _ = datagrams.recvfrom(2000)
            if data == b"end":
                return
            sites.log.append(("UDP", "", data.hex()))

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield sites
    finally:
        datagrams.sendto(b"end", datagrams.getsockname())
        listener.join()
        datagrams.close()
        for server in servers:
            server.shutdown()
            server.server_close()
