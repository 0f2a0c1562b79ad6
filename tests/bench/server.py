"""Serves made-up sites from a process of its own, so that its work does not count as the crawl's.

Each site has its own loopback address, 127.0.<block>.<number>, all on one port. Lines on standard input change what is
served (`grow 3`: each site's first section has gained 3 entries); the log says what was asked, when, and what it cost.
"""

import argparse
import asyncio
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from tests.bench.site import BenchSite

DOMAIN = "songthao.test"


def address(number: int) -> str:
    return f"127.0.{10 + number // 200}.{1 + number % 200}"


class _Connection(asyncio.Protocol):
    """Answers GET, one request after the other on a connection that stays open."""

    def __init__(self, number: int, sites: list[BenchSite], log: TextIO) -> None:
        self.number, self.sites, self.log = number, sites, log
        self.waiting = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            _, target, _ = lines[0].split(" ", 2)
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            sent = self._answer(target, headers)
            self.log.write(f"{time.monotonic():.4f} {self.number} {sent} {target}\n")

    def _answer(self, target: str, headers: dict[str, str]) -> int:
        site = self.sites[self.number]
        body = site.body(target.partition("?")[0])
        status, extra = (200, "") if body is not None else (404, "")
        body = body if body is not None else b"<html><head><title>404</title></head><body><h1>404</h1></body></html>"
        if not site.odd and status == 200:
            tag = f'"{zlib.crc32(body):08x}"'
            extra = f"ETag: {tag}\r\n"
            if headers.get("if-none-match") == tag:
                status, body = 304, b""
        kind = "text/plain" if target == "/robots.txt" else "text/html; charset=utf-8"
        head = f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\n{extra}Content-Length: {len(body)}\r\n\r\n".encode()
        self.transport.write(head + body)
        return len(head) + len(body)


async def _serve(sites: list[BenchSite], log: TextIO) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    port = 0
    for number in range(len(sites)):
        server = await loop.create_server(
            lambda number=number: _Connection(number, sites, log),  # type: ignore[misc]
            address(number),
            port,
            backlog=64,
        )
        port = server.sockets[0].getsockname()[1]

    def order() -> None:
        line = sys.stdin.readline()
        if not line:
            ended.set()
        elif line.startswith("grow "):
            sites[:] = [replace(site, grown=int(line.split()[1])) for site in sites]
            print("grown", flush=True)

    loop.add_reader(sys.stdin.fileno(), order)
    print(port, flush=True)
    await ended.wait()


@dataclass(frozen=True)
class Asked:
    """A line of the log: when (monotonic seconds), which site, bytes sent, request target."""

    at: float
    site: int
    sent: int
    target: str


class Served:
    """The running server as the benchmarks see it."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, count: int, folder: Path) -> None:
        self.process, self.port, self.count, self.folder = process, port, count, folder

    def log(self) -> list[Asked]:
        lines = (self.folder / "server.log").read_text(encoding="utf-8").splitlines()
        fields = (line.split(" ", 3) for line in lines)
        return [Asked(float(at), int(site), int(sent), target) for at, site, sent, target in fields]

    def grow(self, entries: int) -> None:
        """From now on each site's first section has so many entries more."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"grow {entries}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "grown\n"

    def write_registry(self, more: str = "") -> Path:
        """registry.yml in the folder. `more`: a line for each site, as YAML."""
        lines = [
            "province: {id: songthao, name: Tỉnh Sông Thao, timezone: Asia/Ho_Chi_Minh, "
            f'domain: {DOMAIN}, area_codes: ["271"]}}',
            "sites:",
        ]
        for number in range(self.count):
            lines += [
                f"  - id: so-{number}",
                f"    name: Sở Thử nghiệm số {number}",
                "    kind: department",
                f"    url: http://so{number}.{DOMAIN}/",
                f'    connect_to: "{address(number)}:{self.port}"',
            ]
            lines += [f"    {more}"] if more else []
        path = self.folder / "registry.yml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


@contextmanager
def serve(folder: Path, *, sites: int, pages: int, day: date) -> Iterator[Served]:
    """Serve `sites` sites of about `pages` pages each while the block runs; log and registry lie in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.bench.server", str(folder / "server.log"), str(sites), str(pages)]
    process = subprocess.Popen(
        [*command, day.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield Served(process, int(process.stdout.readline()), sites, folder)
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("sites", type=int)
    parser.add_argument("pages", type=int)
    parser.add_argument("day", type=date.fromisoformat)
    given = parser.parse_args()
    sites = [BenchSite(number, given.pages, given.day) for number in range(given.sites)]
    with given.log.open("w", encoding="utf-8", buffering=1) as log:
        asyncio.run(_serve(sites, log))


if __name__ == "__main__":
    main()
