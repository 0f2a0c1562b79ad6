"""A raw-socket server for what http.server is too polite to do: it sends the pieces that a behaviour gives, as they are.

Every site has a loopback address of its own (127.1.0.1, 127.1.0.2, …), so that what is shared by address stays apart.
"""

import selectors
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Piece = bytes | float
"""Bytes to send, or seconds to wait."""


class Reset(Exception):
    """Raised by a behaviour: the connection is reset."""


@dataclass(frozen=True)
class Asked:
    """A request. `times`: how often this target has been asked for, this time included; `number`: of all requests."""

    host: str
    target: str
    headers: Mapping[str, str]
    times: int = 1
    number: int = 1

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def cookie(self) -> str:
        return self.headers.get("cookie", "")


Behaviour = Callable[[Asked], Iterable[Piece]]


def answer(
    body: bytes,
    status: str = "200 OK",
    *headers: str,
    kind: str = "text/html; charset=utf-8",
    length: int | None = -1,
) -> bytes:
    """A well-formed response. `length`: the Content-Length where it is not the body's, None for none."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close", *headers]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + body


@dataclass
class Log:
    """What was asked: (monotonic time, host, target); and how often each site was connected to."""

    requests: list[tuple[float, str, str]] = field(default_factory=list)
    methods: Counter[str] = field(default_factory=Counter)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    numbers: Counter[str] = field(default_factory=Counter)

    def of(self, host: str) -> list[tuple[float, str]]:
        return [(at, target) for at, name, target in self.requests if name.removeprefix("www.") == host]


@contextmanager
def listen(behaviours: Sequence[Behaviour]) -> Iterator[tuple[Log, list[str]]]:
    """Serve each behaviour on an address of its own while the block runs; gives the log and the addresses."""
    log = Log()
    chooser = selectors.DefaultSelector()
    addresses = []
    for number, behaviour in enumerate(behaviours):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((f"127.1.{number // 200}.{number % 200 + 1}", 0))
        listener.listen(64)
        listener.setblocking(False)
        chooser.register(listener, selectors.EVENT_READ, behaviour)
        addresses.append("{}:{}".format(*listener.getsockname()))
    stop, woken = socket.socketpair()
    chooser.register(woken, selectors.EVENT_READ, None)
    thread = threading.Thread(target=_accept, args=(chooser, log), daemon=True)
    thread.start()
    try:
        yield log, addresses
    finally:
        stop.close()
        thread.join()
        for key in list(chooser.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        chooser.close()


def _accept(chooser: selectors.BaseSelector, log: Log) -> None:
    while True:
        for key, _ in chooser.select():
            if key.data is None:
                return
            with suppress(OSError):
                connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
                threading.Thread(target=_serve, args=(connection, key.data, log), daemon=True).start()


def _serve(connection: socket.socket, behaviour: Behaviour, log: Log) -> None:
    with connection, suppress(OSError):
        connection.settimeout(20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65536)
            if not more:
                return
            head += more
        first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        host = headers.get("host", "")
        log.requests.append((time.monotonic(), host, target))
        log.methods[method] += 1
        log.counts[host, target] += 1
        log.numbers[host] += 1
        try:
            for piece in behaviour(Asked(host, target, headers, log.counts[host, target], log.numbers[host])):
                if isinstance(piece, float):
                    time.sleep(piece)
                else:
                    connection.sendall(piece)
        except Reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
