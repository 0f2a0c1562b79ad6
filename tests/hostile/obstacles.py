"""What stands in a crawler's way on real sites (field notes sections 0 and 6), one small behaviour each."""

import time
from collections.abc import Iterable
from email.utils import formatdate

from tests.hostile.light import PAGES, SECTIONS, Hostile, everywhere, good, on, page
from tests.hostile.server import Asked, Piece, answer

FLOOD = (
    '<!DOCTYPE html><html><head><title>Hãy đợi...</title></head><body><div class="floodblocker"><p>Hệ thống nhận thấy bạn '
    'gửi yêu cầu quá nhanh.</p><p>Hãy đợi <span id="s">1</span> giây...</p></div></body></html>'
).encode()
D1N = (
    b'<script>document.cookie="D1N=0123456789abcdef0123456789abcdef"+"; expires=Fri, 31 Dec 2099 23:59:59 GMT; path=/";'
    b"window.location.reload(true);</script>"
)
F5 = (
    b"<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your "
    b"administrator.<br><br>Your support ID is: 1234567890</body></html>"
)
INCAPSULA = (
    b'<html><head><META NAME="robots" CONTENT="noindex,nofollow"></head><body><iframe src="/_Incapsula_Resource?CWUDNSAI=2&xinfo=1'
    b'" frameborder=0>Request unsuccessful. Incapsula incident ID: 1</iframe></body></html>'
)
CLOUDFLARE = (
    b'<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><div class="main-wrapper"><h1>so.test</h1>'
    b'<noscript>Enable JavaScript and cookies to continue</noscript></div><script src="/cdn-cgi/challenge-platform/h/b/x.js"></script></body></html>'
)
CAPTCHA = (
    b'<html><head><title>Security check</title></head><body><form><div class="g-recaptcha" data-sitekey="k"></div>'
    b"Please enter the captcha to continue</form></body></html>"
)
SUSPENDED = b"<html><head><title>Website suspended</title></head><body><h1>Website suspended</h1></body></html>"
MAINTENANCE = "<html><head><title>Thông báo</title></head><body><h2>Website đang được bảo trì, nâng cấp. Mong quý vị thông cảm.</h2></body></html>".encode()
STATUS_PAGE = page(
    "Trạng thái",
    '<div class="portlet-msg-error">Không tìm thấy</div><p>Không tìm thấy tài nguyên yêu cầu.</p><p><code>/ngan-sach</code></p>',
)
LOGIN_FORM = page(
    "Đăng nhập",
    '<form method="post" action="/vao"><input name="user"><input type="password" name="pass"><button>Đăng nhập</button></form>',
)
BANNER = "<div>Trang web tạm ngừng cập nhật thông tin để chờ hướng dẫn sắp xếp đơn vị hành chính</div>"
SPAM_LINKS = "".join(
    f'<a href="{to}">{name}</a> '
    for to, name in (
        ("http://evil.test/slot", "Slot Gacor Hari Ini"), ("/slot-gacor-88/", "Situs Judi Slot Online"), ("/tai-xiu/", "Tài xỉu online uy tín"),
        ("/nha-cai/", "Nhà cái số 1 Châu Á"), ("http://sub.hacked-links.songthao.test/", "Kèo nhà cái 5"), ("/viagra/", "Buy Viagra online no prescription"),
    )
)  # fmt: skip
GAMBLING = (
    '<!DOCTYPE html><html><head><title>SLOT GACOR 88 : Situs Judi Slot Online Terpercaya</title></head><body><nav><a href="/daftar">Daftar</a>'
    '<a href="/promo">Promo</a><a href="http://evil.test/">Masuk</a><a href="/rtp">RTP Slot</a></nav><main><h1>Slot Gacor Maxwin</h1><ul>'
    + "".join(
        f'<li><a href="/slot/{n}">Bocoran slot gacor hari ini maxwin lần {n} cho người chơi</a> <span>2{n % 10}/11/2026</span></li>'
        for n in range(9)
    )
    + "</ul></main></body></html>"
).encode()


class Flood:
    """Blocks from the n-th request on, for a second, whatever is asked for; `status` 200 or 429."""

    def __init__(self, status: str, first: int) -> None:
        self.status, self.first, self.until = status, first, 0.0
        self.shown = 0

    def __call__(self, asked: Asked) -> bytes | None:
        if asked.number == self.first:
            self.until = time.monotonic() + 1.0
        if time.monotonic() < self.until:
            self.shown += 1
            return answer(FLOOD, self.status)
        return None


def d1n(asked: Asked) -> bytes | None:
    return None if "D1N=0123456789abcdef0123456789abcdef" in asked.cookie else answer(D1N)


def later(asked: Asked) -> bytes | None:
    """429 once, with a date a moment from now."""
    if asked.target == "/thu-tuc" and asked.times == 1:
        return answer(b"", "429 Too Many Requests", f"Retry-After: {formatdate(time.time() + 1.5, usegmt=True)}")
    return None


def merger(asked: Asked) -> bytes | None:
    body = PAGES.get(asked.target)
    return body and answer(body.replace(b"<main", BANNER.encode() + b"<main"))


def injected(asked: Asked) -> bytes | None:
    """Spam links in a hidden block of each page, and spam pages behind them."""
    if asked.path in ("/slot-gacor-88/", "/tai-xiu/", "/nha-cai/", "/viagra/"):
        return answer(GAMBLING)
    body = PAGES.get(asked.target)
    return body and answer(body.replace(b"</main>", f'<div style="display:none">{SPAM_LINKS}</div></main>'.encode()))


def cookie_circle(asked: Asked) -> bytes | None:
    """/ngan-sach and /vao send to each other until a cookie comes that the first of them set."""
    if asked.path == "/ngan-sach" and "k=1" not in asked.cookie:
        return answer(b"", "302 Found", "Set-Cookie: k=1; Path=/", "Location: /vao?tu=ngan-sach")
    if asked.path == "/vao":
        return answer(b"", "302 Found", "Location: /ngan-sach")
    return None


def chain(length: int) -> object:
    def spoil(asked: Asked) -> bytes | None:
        if asked.path == "/ngan-sach" and not asked.target.endswith("page=2"):
            step = int(asked.target.partition("?b=")[2] or 0)
            if step < length:
                return answer(b"", "302 Found", f"Location: /ngan-sach?b={step + 1}")
            return answer(PAGES["/ngan-sach"])
        return None

    return spoil


def bad_targets(asked: Asked) -> bytes | None:
    targets = {
        "/co-cau": "javascript:alert(1)", "/chuc-nang": "ftp://evil.test/x", "/lanh-dao": "data:text/html,x", "/thu-tuc": "http://",
        "/ngan-sach": "http://evil.test/", "/hoi-dap": "http://169.254.169.254/latest/meta-data/", "/lien-he": "http://127.0.0.1:1/",
    }  # fmt: skip
    if asked.path in targets:
        return answer(b"", "302 Found", f"Location: {targets[asked.path]}")
    return None


def twins(asked: Asked) -> bytes | None:
    """www and bare, http and https in turn in links; the front of one section is sent to the other host."""
    if asked.path == "/ngan-sach" and not asked.host.startswith("www."):
        return answer(b"", "301 Moved", f"Location: https://www.{asked.host}{asked.target}")
    body = PAGES.get(asked.target)
    if body is None:
        return None
    bare = asked.host.removeprefix("www.")
    for number, path in enumerate(SECTIONS):
        start = ("http://www.", "https://", "http://", "https://www.")[number % 4]
        body = body.replace(f'href="{path}"'.encode(), f'href="{start}{bare}{path}"'.encode())
    return answer(body)


def slower(asked: Asked) -> Iterable[Piece]:
    """Each answer takes longer than the one before."""
    return [0.02 * asked.number, good(asked)]


def robots(response: bytes) -> object:
    return on("/robots.txt", response)


FAILED = "cant_tell"
BACKTRACKING = "User-agent: *\n" + "".join(f"Disallow: /*{'a*' * 40}{n}$\n" for n in range(60))
LONG = "/" + "a" * 1200
OBSTACLES = [
    Hostile("flood-200", Flood("200 OK", 5)),
    Hostile("flood-429", Flood("429 Too Many Requests", 5)),
    Hostile("flood-robots", Flood("200 OK", 1)),
    Hostile("wait-seconds", on("/thu-tuc", answer(b"", "503 Service Unavailable", "Retry-After: 1"), answer(PAGES["/thu-tuc"]))),
    Hostile("wait-date", later),
    Hostile("wait-a-day", on("/thu-tuc", answer(b"", "503 Busy", "Retry-After: 86400")), state="partial", same=False, bounds=frozenset({"wait"})),
    Hostile("cookie", d1n),
    Hostile("cookie-never", everywhere(answer(D1N)), state="unreachable", same=False, at_most=32, errors=frozenset({"blocked"})),
    Hostile("firewall-f5", on("/thu-tuc", answer(F5)), problems={"/thu-tuc": "blocked"}, findings={"TTH-01": (FAILED, "blocked")}),
    Hostile("firewall-incapsula", everywhere(answer(INCAPSULA)), state="unreachable", same=False, at_most=32, errors=frozenset({"blocked"}), never=("/_Incapsula",)),
    Hostile("firewall-cloudflare", everywhere(answer(CLOUDFLARE, "503 Service Unavailable")), state="unreachable", same=False, at_most=32, errors=frozenset({"blocked"})),
    Hostile("firewall-403", on("/thu-tuc", answer(CLOUDFLARE, "403 Forbidden")), problems={"/thu-tuc": "blocked"}, findings={"TTH-01": (FAILED, "blocked")}),
    Hostile("captcha", on("/thu-tuc", answer(CAPTCHA)), problems={"/thu-tuc": "blocked"}, findings={"TTH-01": (FAILED, "blocked")}),
    Hostile("captcha-robots", robots(answer(CAPTCHA))),
    Hostile("suspended", on("/thu-tuc", answer(SUSPENDED)), problems={"/thu-tuc": "server_error"}, findings={"TTH-01": (FAILED, "server_error")}),
    Hostile("suspended-all", everywhere(answer(SUSPENDED)), state="unreachable", same=False, at_most=32, errors=frozenset({"server_error"})),
    Hostile("soft404-home", on("/ngan-sach", answer(b"", "301 Moved", "Location: /")), findings={"BUD-01": ("failed", "soft_404")}),
    Hostile("soft404-copy", on("/ngan-sach", answer(PAGES["/"])), findings={"BUD-01": ("failed", "soft_404")}),
    Hostile("soft404-status", on("/ngan-sach", answer(STATUS_PAGE)), findings={"BUD-01": ("failed", "soft_404")}),
    Hostile("login-redirect", on("/ngan-sach", answer(b"", "302 Found", "Location: /c/portal/login?p_l_id=7")), problems={"/ngan-sach": "blocked"}, findings={"BUD-01": (FAILED, "blocked")}, never=("/c/portal",)),
    Hostile("login-form", on("/ngan-sach", answer(LOGIN_FORM)), findings={"BUD-01": (FAILED, "blocked")}, never=("/vao",)),
    Hostile("maintenance", everywhere(answer(MAINTENANCE)), state="unreachable", same=False, at_most=32, errors=frozenset({"server_error"})),
    Hostile("merger-banner", merger),
    Hostile("hacked-home", lambda asked: answer(GAMBLING) if asked.path != "/robots.txt" else None, state="unreachable", same=False, at_most=32, errors=frozenset({"hacked"}), never=("/slot", "/daftar", "/promo")),
    Hostile("hacked-page", on("/ngan-sach", answer(GAMBLING)), problems={"/ngan-sach": "hacked"}, findings={"BUD-01": (FAILED, "hacked")}, never=("/slot", "/daftar", "/promo")),
    Hostile("hacked-links", injected, never=("/slot-", "/tai-xiu", "/nha-cai", "/viagra")),
    Hostile("circle", on("/ngan-sach", answer(b"", "302 Found", "Location: /ngan-sach")), problems={"/ngan-sach": "server_error"}, findings={"BUD-01": (FAILED, "server_error")}),
    Hostile("circle-cookie", lambda asked: answer(b"", "302 Found", "Set-Cookie: vao=1; Path=/", "Location: /ngan-sach") if asked.path == "/ngan-sach" and "vao=1" not in asked.cookie else None),
    Hostile("circle-of-two", cookie_circle),
    Hostile("chain-of-nine", chain(9)),
    Hostile("chain-without-end", chain(10**6), findings={"BUD-01": (FAILED, "server_error")}, at_most=60, bounds=frozenset({"depth"})),
    Hostile(
        "redirects", bad_targets, same=False,
        problems={"/co-cau": "server_error", "/chuc-nang": "server_error", "/lanh-dao": "server_error", "/thu-tuc": "server_error", "/ngan-sach": "out_of_scope", "/hoi-dap": "out_of_scope", "/lien-he": "out_of_scope"},
        findings={one: (FAILED, "server_error") for one in ("INT-01", "INT-03", "INT-05", "TTH-01")},
    ),
    Hostile("twins", twins, at_most=60),
    Hostile("robots-503", robots(answer(b"", "503 Busy")), state="unreachable", same=False, at_most=24, errors=frozenset({"server_error"})),
    Hostile("robots-404", robots(answer(b"", "404 Not Found"))),
    Hostile("robots-400", robots(answer(b"", "400 Bad Request"))),
    Hostile("robots-html", robots(answer(PAGES["/"]))),
    Hostile("robots-empty", robots(answer(b"", kind="text/plain"))),
    Hostile("robots-other", robots(answer(b"User-agent: OtherBot\nCrawl-delay: 1000\nDisallow: /\n\nUser-agent: *\nDisallow:\n", kind="text/plain"))),
    Hostile("robots-bom", robots(answer(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /thu-tuc\r\n", kind="text/plain")), problems={"/thu-tuc": "robots"}, findings={"TTH-01": (FAILED, "robots")}, never=("/thu-tuc",)),
    Hostile("robots-huge", robots(answer(b"User-agent: *\nDisallow: /thu-tuc\n" + b"# x\n" * 200_000, kind="text/plain")), problems={"/thu-tuc": "robots"}, findings={"TTH-01": (FAILED, "robots")}, never=("/thu-tuc",)),
    Hostile("robots-moved", lambda asked: answer(b"", "301 Moved", "Location: /robots2.txt") if asked.path == "/robots.txt" else answer(b"User-agent: *\nDisallow: /thu-tuc\n", kind="text/plain") if asked.path == "/robots2.txt" else None, problems={"/thu-tuc": "robots"}, findings={"TTH-01": (FAILED, "robots")}, never=("/thu-tuc",)),
    Hostile("robots-away", robots(answer(b"", "301 Moved", "Location: http://evil.test/robots.txt"))),
    Hostile("robots-backtracking", lambda asked: answer(BACKTRACKING.encode(), kind="text/plain") if asked.path == "/robots.txt" else answer(PAGES["/"].replace(b"</ul></nav>", f'<li><a href="{LONG}">Dài</a></li></ul></nav>'.encode())) if asked.path == "/" else None),
    Hostile("errors", everywhere(answer(b"<h1>500</h1>", "500 Internal Server Error")), state="unreachable", same=False, at_most=32, errors=frozenset({"server_error"})),
    Hostile("error-once", on("/thu-tuc", answer(b"", "500 Internal Server Error"), answer(PAGES["/thu-tuc"]))),
    Hostile("slower", slower),
]  # fmt: skip
