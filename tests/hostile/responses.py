"""Responses that are broken, cut, too long, too slow, or not what they say they are."""

import gzip
import io
import random
from collections.abc import Iterator

from tests.hostile.light import PAGES, SECTIONS, Hostile, Spoil, on
from tests.hostile.server import Asked, Piece, Reset, answer

BUDGET = PAGES["/ngan-sach"]
HALF = BUDGET[: len(BUDGET) // 2]
ENCODINGS = {
    "/co-cau": ("iso-8859-1", "utf-8"), "/chuc-nang": ("utf-8", "utf-16"), "/lanh-dao": ("windows-1258", "windows-1258"), "/thu-tuc": ("", "utf-16"),
    "/hoi-dap": ("utf-16", "utf-8"), "/lien-he": ("", "windows-1258"), "/tin-tuc": ("", "utf-8-sig"), "/van-ban": ("utf-8", "mojibake"), "/ngan-sach": ("nonsense", "utf-8"),
}  # declared, true  # fmt: skip


def reset(asked: Asked) -> Iterator[Piece]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    raise Reset


def silence(asked: Asked) -> Iterator[Piece]:
    yield 12.0


def drip(piece: bytes, start: bytes) -> Iterator[Piece]:
    """A little every fifth of a second: no read ever waits long, and the whole never ends."""
    yield start
    for _ in range(60):
        yield 0.2
        yield piece


def endless_header() -> Iterator[Piece]:
    yield b"HTTP/1.1 200 OK\r\n"
    line = b"X-Filler: " + b"a" * 1000 + b"\r\n"
    for _ in range(2000):
        yield line * 100


def gigabyte(length: int | None) -> Iterator[Piece]:
    yield answer(b"", length=length)
    for _ in range(1024):
        yield bytes(1 << 20)


def bomb() -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    return packed.getvalue()


def in_turn(target: str, make: object) -> Spoil:
    """A response that must be made anew each time."""
    return lambda asked: make(asked) if asked.target == target else None  # type: ignore[operator]


def vietnamese(text: str) -> bytes:
    """windows-1258: base letters with combining marks where the code page has no whole letter."""
    import unicodedata

    out = bytearray()
    for letter in text:
        for form in (letter, unicodedata.normalize("NFD", letter), _half(letter)):
            try:
                out += form.encode("cp1258")
                break
            except UnicodeEncodeError:
                continue
    return bytes(out)


def _half(letter: str) -> str:
    """ệ as ê and a dot below."""
    import unicodedata

    parts = unicodedata.normalize("NFD", letter)
    marks = [mark for mark in parts[1:] if mark in "\u0302\u0306\u031b"]
    tones = [mark for mark in parts[1:] if mark not in marks]
    return unicodedata.normalize("NFC", parts[0] + "".join(marks)) + "".join(tones)


def encoded(asked: Asked) -> bytes | None:
    if asked.target not in ENCODINGS:
        return None
    declared, true = ENCODINGS[asked.target]
    text = PAGES[asked.target].decode()
    if true == "mojibake":
        body = text.encode().decode("latin-1").encode()
    elif true == "windows-1258":
        body = vietnamese(text)
    else:
        body = text.encode(true)
    return answer(body, kind=f"text/html; charset={declared}" if declared else "text/html")


def soup(asked: Asked) -> bytes | None:
    """Every letter beyond ASCII as an entity, labels escaped twice."""
    body = PAGES.get(asked.target)
    if body is None:
        return None
    text = body.decode().encode("ascii", "xmlcharrefreplace").decode()
    for path, (_, label, _) in SECTIONS.items():
        once = label.encode("ascii", "xmlcharrefreplace").decode()
        text = text.replace(f'<a href="{path}">{once}</a>', f'<a href="{path}">{once.replace("&", "&amp;")}</a>')
    return answer(text.encode("ascii"), kind="text/html")


def raw(head: bytes) -> Spoil:
    """All pages behind a head of its own making."""

    def spoil(asked: Asked) -> bytes | None:
        body = PAGES.get(asked.target)
        return body and head.replace(b"LENGTH", str(len(body)).encode()) + body

    return spoil


def chunked(body: bytes, end: bool) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + f"{len(body):x}\r\n".encode() + body + (b"\r\n0\r\n\r\n" if end else b"\r\n")


def lies(asked: Asked) -> bytes | None:
    types = {
        "/co-cau": "application/octet-stream", "/chuc-nang": "text/plain", "/lanh-dao": "", "/thu-tuc": "TEXT/HTML;;charset", "/hoi-dap": "application/xhtml+xml",
    }  # fmt: skip
    if asked.target in types:
        return answer(PAGES[asked.target], kind=types[asked.target])
    return None


PDF = (
    b"%PDF-1.4\n"
    + "Cơ cấu tổ chức bộ máy của cơ quan gồm các phòng ban và đơn vị trực thuộc theo quy định hiện hành. ".encode() * 20
    + random.Random(7).randbytes(2000)
)
CUT = {"problems": {"/ngan-sach": "cut_short"}, "findings": {"BUD-01": ("cant_tell", "cut_short")}}
BROKEN = {"problems": {"/ngan-sach": "server_error"}, "findings": {"BUD-01": ("cant_tell", "server_error")}}
LATE = {"problems": {"/ngan-sach": "timeout"}, "findings": {"BUD-01": ("cant_tell", "timeout")}}
RESPONSES = [
    Hostile("empty", on("/ngan-sach", answer(b"")), **BROKEN),  # type: ignore[arg-type]
    Hostile("empty-204", on("/ngan-sach", b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"), **BROKEN),  # type: ignore[arg-type]
    Hostile("empty-all", lambda asked: answer(b" \n") if asked.path != "/robots.txt" else None, state="unreachable", same=False, at_most=32, errors=frozenset({"server_error"})),
    Hostile("cut-by-length", on("/ngan-sach", answer(HALF, length=len(BUDGET))), **CUT),  # type: ignore[arg-type]
    Hostile("cut-chunk", on("/ngan-sach", chunked(HALF, end=False)), **CUT),  # type: ignore[arg-type]
    Hostile("cut-gzip", on("/ngan-sach", answer(gzip.compress(BUDGET)[:-300], "200 OK", "Content-Encoding: gzip")), **CUT),  # type: ignore[arg-type]
    Hostile("length-too-long", lambda asked: answer(PAGES[asked.target], length=len(PAGES[asked.target]) + 40) if asked.target in PAGES else None),
    Hostile("chunk-whole", on("/ngan-sach", chunked(BUDGET, end=True))),
    Hostile("chunk-no-end", on("/ngan-sach", chunked(BUDGET, end=False))),
    Hostile("header-no-colon", raw(b"HTTP/1.1 200 OK\r\nSet-Cookie expires\r\nContent-Type: text/html\r\nContent-Length: LENGTH\r\n\r\n")),
    Hostile("header-space-first", raw(b"HTTP/1.1 200 OK\r\n X-Odd: 1\r\nContent-Type: text/html\r\nContent-Length: LENGTH\r\n\r\n")),
    Hostile("header-space-colon", raw(b"HTTP/1.1 200 OK\r\nX Odd name : 1\r\nContent-Type : text/html\r\nContent-Length: LENGTH\r\n\r\n")),
    Hostile("header-latin", raw(b"HTTP/1.1 200 OK\r\nX-\xe9: \xff\xfe\r\nContent-Type: text/html\r\nContent-Length: LENGTH\r\n\r\n")),
    Hostile("header-twice", raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: LENGTH\r\nContent-Length: LENGTH\r\n\r\n")),
    Hostile("bare-lf", raw(b"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: LENGTH\n\n")),
    Hostile("no-reason", raw(b"HTTP/1.1 200\r\nContent-Type: text/html\r\nContent-Length: LENGTH\r\n\r\n")),
    Hostile("http-10", raw(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n")),
    Hostile("status-rubbish", on("/ngan-sach", b"HTTP/1.1 OK 200\r\n\r\n" + BUDGET), **BROKEN),  # type: ignore[arg-type]
    Hostile("no-http", on("/ngan-sach", b"\x16\x03\x01 what is this\r\n\r\n"), **BROKEN),  # type: ignore[arg-type]
    Hostile("status-999", on("/ngan-sach", answer(b"", "999 Nothing")), **BROKEN),  # type: ignore[arg-type]
    Hostile("status-304", on("/ngan-sach", answer(b"", "304 Not Modified")), **BROKEN),  # type: ignore[arg-type]
    Hostile("charsets", encoded),
    Hostile("entity-soup", soup),
    Hostile("reset", in_turn("/ngan-sach", reset), **BROKEN),  # type: ignore[arg-type]
    Hostile("reset-all", reset, state="unreachable", same=False, at_most=32, errors=frozenset({"server_error"})),
    Hostile("silence-all", silence, state="unreachable", same=False, at_most=24, errors=frozenset({"timeout"})),
    Hostile("drip-body", in_turn("/ngan-sach", lambda asked: drip(b"<p>a</p>", answer(b"<html><body>", length=None))), **LATE),  # type: ignore[arg-type]
    Hostile("drip-header", in_turn("/ngan-sach", lambda asked: drip(b"X: 1\r\n", b"HTTP/1.1 200 OK\r\n")), **LATE),  # type: ignore[arg-type]
    Hostile("endless-header", in_turn("/ngan-sach", lambda asked: endless_header()), **BROKEN),  # type: ignore[arg-type]
    Hostile("bomb", on("/ngan-sach", answer(bomb(), "200 OK", "Content-Encoding: gzip")), bounds=frozenset({"bytes"}), **CUT),  # type: ignore[arg-type]
    Hostile("gigabyte", in_turn("/ngan-sach", lambda asked: gigabyte(1 << 30)), bounds=frozenset({"bytes"}), **CUT),  # type: ignore[arg-type]
    Hostile("gigabyte-unsaid", in_turn("/ngan-sach", lambda asked: gigabyte(None)), bounds=frozenset({"bytes"}), **CUT),  # type: ignore[arg-type]
    Hostile("pdf-as-html", on("/co-cau", answer(PDF)), same=False),
    Hostile("image-as-html", on("/ngan-sach", answer(b"\x89PNG\r\n\x1a\n" + random.Random(7).randbytes(4000))), same=False),
    Hostile("noise-as-html", on("/thu-tuc", answer(random.Random(7).randbytes(20_000))), same=False),
    Hostile("types", lies),
]  # fmt: skip
