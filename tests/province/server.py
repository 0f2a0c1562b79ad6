"""The made-up province on loopback: one server, the site chosen by the Host header; a log of what was asked."""

import importlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.province.content import DOMAIN, Site, build_sites
from tests.province.families.markup import Answer, Route, html, redirect, routes

NOT_FOUND = html(
    "<!DOCTYPE html><html><head><title>404</title></head><body><h1>404 - Không tìm thấy trang</h1></body></html>", 404
)


class Province:
    """The province as it is on a day: its sites and what each address answers."""

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of
        self.sites = build_sites(as_of)
        self.by_host = {site.host: site for site in self.sites}
        self.family = {
            site.id: importlib.import_module(f"tests.province.families.{site.family}") for site in self.sites
        }
        self.routes = {site.id: self._routes(site) for site in self.sites}

    def _routes(self, site: Site) -> dict[str, Route]:
        family = self.family[site.id]
        routes_here: dict[str, Route] = routes(family, site)
        forbidden = []
        for section in site.sections:
            address = family.front(site, section)
            if section.state == "soft_404":
                routes_here[address] = lambda: redirect("/")
            elif section.state == "error":
                routes_here[address] = lambda: html("<h1>500</h1>", 500)
            elif section.state == "slow":
                routes_here[address] = partial(_slowly, routes_here[address])
            elif section.state == "robots":
                forbidden.append(address)
        rules = "".join(f"Disallow: {address}\n" for address in forbidden)
        robots = f"User-agent: *\n{rules or 'Disallow:'}\n\nUser-agent: OtherBot\nCrawl-delay: 1000\n"
        routes_here["/robots.txt"] = lambda: Answer(robots.encode(), 200, {"Content-Type": "text/plain"})
        return routes_here

    def answer(self, host: str, target: str) -> Answer:
        """What a host answers to a request target."""
        site = self.by_host.get(host.split(":")[0].removeprefix("www."))
        if site is None:
            return NOT_FOUND
        trouble = site.plan.get("trouble")
        if trouble == "rubbish":
            return Answer(b"\x00\xff\xfe" * 400, 500, {"Content-Type": "text/html"})
        path, _, query = target.partition("?")
        route = self.routes[site.id].get(self.family[site.id].clean(path, query)) or self.routes[site.id].get(
            unquote(target)
        )
        return route() if route else NOT_FOUND


def _slowly(route: Route) -> Answer:
    answer = route()
    return Answer(answer.body, answer.status, answer.headers, delay=1.0)


class Served:
    """A running province: its port, its log, and a registry for it."""

    def __init__(self, province: Province, port: int) -> None:
        self.province = province
        self.port = port
        self.log: list[tuple[float, str, str]] = []  # (monotonic time, host, target)

    def write_registry(self, folder: Path) -> Path:
        """Write registry.yml into the folder and give its path."""
        lines = [
            f'province: {{id: songthao, name: Tỉnh Sông Thao, timezone: Asia/Ho_Chi_Minh, domain: {DOMAIN}, area_codes: ["271"]}}',
            "sites:",
        ]
        for site in self.province.sites:
            lines += [
                f"  - id: {site.id}",
                f"    name: {site.name}",
                f"    kind: {site.kind}",
                f"    url: http://{site.host}/",
            ]
            lines.append(f'    connect_to: "127.0.0.1:{1 if site.plan.get("trouble") == "down" else self.port}"')
            lines += [f"    {key}: {site.plan[key]}" for key in ("yearly_target", "field") if key in site.plan]
        ended = self.province.as_of - timedelta(days=500)
        lines += [
            '  - {id: ban-cho-xac-minh, name: Ban Quản lý dự án, kind: department, url: "http://banqlda.songthao.test/", source: guess}',
            "  - {id: xa-chua-co-trang, name: Xã Suối Mơ, kind: commune, url: null}",
            f'  - {{id: huyen-cu, name: Huyện Cũ, kind: district, url: "http://huyencu.songthao.test/", active_until: {ended}}}',
        ]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "registry.yml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    served: Served


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        served = self.server.served
        host = self.headers.get("Host", "")
        served.log.append((time.monotonic(), host, self.path))
        answer = served.province.answer(host, self.path)
        if answer.delay:
            time.sleep(answer.delay)
        head = [f"HTTP/1.1 {answer.status} -"] + [f"{name}: {value}" for name, value in answer.headers.items()]
        head.append(f"Content-Length: {len(answer.body)}")
        self.wfile.write("\r\n".join([*head, "", ""]).encode("utf-8") + answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serve(province: Province, port: int = 0) -> Iterator[Served]:
    """Serve a province on 127.0.0.1 while the block runs."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.served = Served(province, server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
