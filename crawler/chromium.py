"""The system's Chromium: where it is, and how it is started so that it reaches nothing by itself.

What its pages ask for is fetched by us (crawler/rendering.py). Its only proxy is a port that we hold and never listen
on, loopback included; it resolves no name; WebRTC, which goes around proxies, is told not to. So no page, whatever it
tries, gets past scope, robots.txt, pace and the guarded resolver, and nothing that Chromium does on its own goes out.
"""

import os
import shutil

from crawler.settings import AUDIT_CHROMIUM

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    # full Chromium reads the first, its headless shell the second
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-gpu",
    "--disable-remote-fonts",
    "--no-first-run",
    "--no-pings",
)
"""All traffic goes to a proxy that does not answer; Playwright sees to it that loopback is no exception."""


class BrowserAbsent(Exception):
    """There is no Chromium, it does not start, or it crashed too often."""


def find_chromium(named: str = "") -> str | None:
    """The program's path: the one that is `named` (a path, or a name on PATH), else the first known name on PATH."""
    return next((found for name in ((named,) if named else NAMES) if (found := shutil.which(name))), None)


def unseen_note(pages: int) -> str:
    """What a run says, in Vietnamese, of pages that need a browser and could not be seen, or not whole."""
    if find_chromium(AUDIT_CHROMIUM) is not None:
        return f"Chưa kết luận được về {pages} trang do trình duyệt tạo ra nội dung mà không xem được đầy đủ."
    names = f"{', '.join(NAMES)} hoặc AUDIT_CHROMIUM"
    return (
        f"Chưa kết luận được về {pages} trang chỉ hiện nội dung trong trình duyệt: máy này không có Chromium ({names})."
    )


def environment() -> dict[str, str | float | bool]:
    """What Chromium may know of ours: no more than it needs to start."""
    return {name: value for name in ("PATH", "HOME", "LANG", "TMPDIR") if (value := os.environ.get(name))}
