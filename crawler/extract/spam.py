"""Gambling and medicine spam that a broken-in site shows: recognised, so that it is not taken for the site's own."""

import re
from collections.abc import Iterable
from functools import lru_cache

_SPAM = re.compile(
    r"slot\s*(?:gacor|online|demo|deposit|88|777)|situs\s+(?:judi|slot)|judi\s+(?:online|bola|slot)|togel|maxwin|rtp\s+(?:slot|live)|sbobet|pragmatic\s+play"
    r"|bandar\s*(?:qq|togel)|casino\s+(?:online|trực\s+tuyến|uy\s+tín)|nhà\s+cái|kèo\s+(?:nhà|bóng\s+đá|châu\s+á|tài\s+xỉu)|tài\s*xỉu\s+(?:online|md5|uy\s+tín|đổi)"
    r"|xóc\s+đĩa\s+(?:online|đổi|uy\s+tín)|nổ\s+hũ|bắn\s+cá\s+(?:đổi|online)|(?:game\s+bài|quay\s+hũ)\s+đổi\s+thưởng|cá\s+cược\s+(?:bóng\s+đá|thể\s+thao|trực\s+tuyến|online|uy\s+tín)"
    r"|(?:lô\s+đề|đánh\s+đề)\s+online|\b(?:[a-z]{0,4}\d{1,3}x?bet|[a-z]{1,6}(?:bet|win|club)\d{2,3}|(?:ku|sh|mb|hi)bet|(?:jun|fun|w)88)\b|viagra|cialis|levitra|without\s+prescription|no\s+prescription|payday\s+loans?|replica\s+watch",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"công\s+an|triệt\s+(?:phá|xóa)|xử\s+(?:lý|phạt)|phòng,?\s+chống|ngăn\s+chặn|cảnh\s+(?:báo|giác)|khởi\s+tố|bắt\s+(?:giữ|quả\s+tang|nhóm|đối)|tội\s+phạm|vi\s+phạm|tác\s+hại|đánh\s+bạc|lừa\s+đảo"
    r"|tuyên\s+truyền|nghị\s+định|quyết\s+định|kinh\s+doanh\s+(?:đặt\s+cược|casino)",
    re.IGNORECASE,
)
"""A site that reports on gambling, or warns of it, says so."""
LEAST = 3
"""A page is spam where its title is, and so many other places of it are."""


@lru_cache(maxsize=20_000)
def is_spam(text: str) -> bool:
    """Whether a title or label advertises gambling or medicines.

    >>> is_spam("Slot Gacor Hari Ini"), is_spam("Tài xỉu online uy tín")
    (True, True)
    >>> is_spam("Công an tỉnh triệt phá đường dây cá cược bóng đá"), is_spam("Hội nghị nhà nông")
    (False, False)
    """
    return bool(_SPAM.search(text)) and not _REPORTED.search(text)


def is_spam_page(title: str, main: str, labels: Iterable[str]) -> bool:
    """Whether a page is an advertisement for gambling or medicines and nothing else: title, text and links say so."""
    if not is_spam(title) or _REPORTED.search(main[:3000]):
        return False
    places = sum(1 for _ in _SPAM.finditer(main[:20_000])) + sum(1 for label in labels if is_spam(label))
    return places >= LEAST
