"""Politeness as the servers see it: one night over sites that share installs and addresses, read from their logs.

Budgets and delays are scaled down by settings, since nobody can wait for 300 seconds; the figures themselves are
measured in test_pace.py. Every request counts, those for robots.txt and of probes too.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.test_pace import gaps, most_in

ROOT = Path(__file__).parents[1]
JITTER = 0.4
"""Seconds by which a loaded machine may log two requests nearer to each other than they were sent."""
BUDGETS = ((4, 1.0), (10, 4.0))
RATE, AT_ONCE = 5, 2
SETTINGS = {
    "AUDIT_DELAY": 0.05,
    "AUDIT_BUDGETS": BUDGETS,
    "AUDIT_ADDRESS_RATE": RATE,
    "AUDIT_ADDRESS_AT_ONCE": AT_ONCE,
    "AUDIT_RETRY_WAIT": 0.1,
}
CONTACT = "ban-bien-tap@songthao.test"
FLOOD = "<html><head><title>Hãy đợi...</title></head><body>Hãy đợi 1 giây</body></html>".encode()
SITES = {  # host → (loopback address, install, links on its home page)
    "a1": ("127.0.0.2", "a", 9),
    "a2": ("127.0.0.2", "a", 9),
    "b1": ("127.0.0.3", None, 5),
    "b2": ("127.0.0.3", None, 5),
    "b3": ("127.0.0.3", None, 5),
    "b4": ("127.0.0.3", None, 5),
    "c": ("127.0.0.4", None, 4),
    "d": ("127.0.0.5", None, 4),
    "f1": ("127.0.0.6", None, 6),
    "f2": ("127.0.0.6", None, 6),
}


@dataclass(frozen=True)
class Asked:
    at: float
    host: str
    path: str
    agent: str


@dataclass
class Log:
    asked: list[Asked] = field(default_factory=list)
    at_once: dict[str, int] = field(default_factory=dict)
    most_at_once: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def times(self, *hosts: str, after: float = 0.0) -> list[float]:
        return [one.at for one in self.asked if one.host in hosts and one.at > after]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    log: Log

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").split(".")[0]
        address = SITES[host][0]
        with self.log.lock:
            before = len([one for one in self.log.asked if one.host == host and one.path == self.path])
            self.log.asked.append(Asked(time.monotonic(), host, self.path, self.headers.get("User-Agent", "")))
            self.log.at_once[address] = self.log.at_once.get(address, 0) + 1
            most = max(self.log.most_at_once.get(address, 0), self.log.at_once[address])
            self.log.most_at_once[address] = most
        status, extra, body = 200, "", self._page(host)
        if self.path == "/robots.txt":
            body = b"User-agent: *\nCrawl-delay: 0.7\n" if host == "c" else b"User-agent: *\nDisallow: /admin/\n"
        elif host == "d" and self.path == "/p2.html" and not before:
            status, extra, body = 503, "Retry-After: 1\r\n", b"busy"
        elif host == "f1" and self.path == "/p2.html" and not before:
            body = FLOOD
        time.sleep(0.3 if host.startswith("b") else 0)
        with self.log.lock:
            self.log.at_once[address] -= 1
        kind = "text/plain" if self.path == "/robots.txt" else "text/html; charset=utf-8"
        head = f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def _page(self, host: str) -> bytes:
        links = "".join(f'<li><a href="/p{number}.html">Mục số {number}</a></li>' for number in range(SITES[host][2]))
        text = "Nội dung của trang này được trình bày đầy đủ theo quy định. " * 5
        return f"<html><body><nav><ul>{links}</ul></nav><h1>{self.path}</h1><p>{text}</p></body></html>".encode()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    """The log after one night over all the sites."""
    folder = tmp_path_factory.mktemp("politeness")
    handler = type("Handler", (_Handler,), {"log": Log()})
    lines = [
        "province: {id: songthao, name: Tỉnh Sông Thao, timezone: Asia/Ho_Chi_Minh, domain: songthao.test, "
        f'area_codes: ["271"], contact: {CONTACT}}}',
        "sites:",
    ]
    servers = []
    for host, (address, install, _) in SITES.items():
        server = ThreadingHTTPServer((address, 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        lines.append(
            f'  - {{id: {host}, name: Sở {host}, kind: department, url: "http://{host}.songthao.test/", '
            f'connect_to: "{address}:{server.server_address[1]}"{f", install: {install}" if install else ""}}}'
        )
    registry = folder / "registry.yml"
    registry.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "tests.paced_fleet", str(registry), str(folder), json.dumps(SETTINGS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout).values()) == {"complete"}, done.stdout
    yield handler.log  # type: ignore[attr-defined]
    for server in servers:
        server.shutdown()
        server.server_close()


def test_every_page_was_asked_for(night: Log) -> None:
    for host, (_, _, links) in SITES.items():
        assert {one.path for one in night.asked if one.host == host} >= {f"/p{number}.html" for number in range(links)}
        assert "/robots.txt" in {one.path for one in night.asked if one.host == host}


def test_an_install_keeps_both_budgets_over_all_its_hosts(night: Log) -> None:
    times = night.times("a1", "a2")
    assert len(times) >= 20
    for count, span in BUDGETS:
        assert most_in(times, span - JITTER) <= count


def test_an_address_keeps_its_rate_and_number_at_once_over_all_installs(night: Log) -> None:
    times = night.times("b1", "b2", "b3", "b4")
    assert len(times) >= 24 and most_in(times, 1.0 - JITTER) <= RATE
    assert night.most_at_once["127.0.0.3"] <= AT_ONCE


def test_crawl_delay_is_kept(night: Log) -> None:
    robots = next(one.at for one in night.asked if one.host == "c")
    assert min(gaps(night.times("c", after=robots))) >= 0.7 - JITTER


def test_retry_after_is_kept(night: Log) -> None:
    refused = next(one.at for one in night.asked if one.host == "d" and one.path == "/p2.html")
    assert min(night.times("d", after=refused)) - refused >= 1.0 - JITTER / 2


def test_after_a_flood_page_the_hosts_of_the_address_share_one_budget(night: Log) -> None:
    flooded = next(one.at for one in night.asked if one.host == "f1" and one.path == "/p2.html")
    times = night.times("f1", "f2", after=flooded + JITTER)
    assert min(times) - flooded >= 1.0 - JITTER / 2  # the wait that the page asks for, for both
    for count, span in BUDGETS:
        assert most_in(times, span - JITTER) <= count


def test_the_user_agent_names_the_program_and_the_contact_of_the_registry(night: Log) -> None:
    assert {one.agent for one in night.asked} == {f"ComplianceObservatory/0.1 (+{CONTACT})"}
