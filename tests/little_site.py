"""A site of a few pages on loopback, plain or behind any kind of TLS, that notes what it was asked."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.certificates import Issued
from tests.tls12 import OldConnection

Handler = Callable[[str, str], tuple[int, Mapping[str, str], bytes]]
"""(Host header, path) → status, headers, body."""


def page(title: str, *links: str, head: str = "") -> bytes:
    items = "".join(f'<li><a href="{link}">Mục {link}</a></li>' for link in links)
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title>{head}</head><body><ul>{items}</ul>"
        f"<h1>{title}</h1><p>Nội dung của trang {title}.</p></body></html>"
    ).encode()


PAGES = {
    "/": page("Trang chủ", "/gioi-thieu", "/tin-tuc", "/van-ban", "/lien-he"),
    "/gioi-thieu": page("Giới thiệu", "/", "/tin-tuc"),
    "/tin-tuc": page("Tin tức", "/", "/gioi-thieu"),
    "/van-ban": page("Văn bản", "/"),
    "/lien-he": page("Liên hệ", "/"),
}


def ordinary(host: str, path: str) -> tuple[int, Mapping[str, str], bytes]:
    body = PAGES.get(path)
    kind = {"Content-Type": "text/html; charset=utf-8"}
    return (200, kind, body) if body else (404, kind, page("404"))


@dataclass
class LittleSite:
    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)  # (Host header, path)
    connections: int = 0


@contextmanager
def serve(
    handler: Handler = ordinary,
    *,
    context: ssl.SSLContext | None = None,
    old: Issued | None = None,
    refuses: Callable[[bytes], bool] = lambda hello: False,
    host: str = "127.0.0.1",
) -> Iterator[LittleSite]:
    """Serve while the block runs: plain, behind `context`, or with `old` behind TLS 1.2 without RFC 5746.

    `refuses`: hangs up on a client whose first bytes are so.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family, backlog=64)
    site = LittleSite(listener.getsockname()[1])

    def one(sock: socket.socket) -> None:
        sock.settimeout(10)
        with suppress(OSError, ValueError), sock:
            if refuses(sock.recv(4096, socket.MSG_PEEK)):
                return
            if old is not None:
                connection = OldConnection(sock, old)
                connection.send(_answer(connection.receive(), handler, site))
            elif context is not None:
                with context.wrap_socket(sock, server_side=True) as secure:
                    secure.sendall(_answer(secure.recv(65536), handler, site))
                    secure.unwrap()
            else:
                sock.sendall(_answer(sock.recv(65536), handler, site))

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            site.connections += 1
            threading.Thread(target=one, args=(sock,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _answer(request: bytes, handler: Handler, site: LittleSite) -> bytes:
    if not request:
        raise ValueError("a client that only shook hands")
    lines = request.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    path = lines[0].split(" ")[1]
    site.asked.append((headers.get("Host", ""), path))
    status, given, body = handler(headers.get("Host", ""), path)
    head = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in given.items())]
    head += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(head).encode() + body
