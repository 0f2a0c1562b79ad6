"""Vietnamese text made comparable: one spelling, one case, with or without diacritics."""

import html
import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_TYPED = dict(zip("Ðð\u00a0\t：／．‐\u2011‒—", "Đđ  :/.--––", strict=True))
_UNTYPED = re.compile(f"[{re.escape(''.join(_TYPED))}]")
_TONES = {"\u0300": "F", "\u0301": "S", "\u0303": "X", "\u0309": "R", "\u0323": "J"}
"""Huyền, sắc, ngã, hỏi, nặng as the Telex keyboard writes them; capitals, since the rest is lower case."""
_WORD = re.compile(r"[^\W_]+")


def clean(text: str) -> str:
    """One line of readable text: entities decoded (twice: real pages double-escape), NFC, no invisible characters.

    >>> clean("H&agrave;&nbsp; N&#7897;i\\u200b")
    'Hà Nội'
    """
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text).replace("Ð", "Đ").replace("ð", "đ"))
    return " ".join(text.split())


def written(text: str) -> str:
    """The text with its lines, as it would be typed today: NFC, plain spaces and colons, nothing invisible.

    >>> written("Ngày\u00a0đa\u0306ng\u200b：1/2")
    'Ngày đăng:1/2'
    """
    if "&" in text:
        text = html.unescape(text)
    if text.isascii():
        return text.replace("\t", " ")
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return _UNTYPED.sub(lambda found: _TYPED[found[0]], _INVISIBLE.sub("", text))  # str.translate looks at every letter


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Lower case with diacritics, the tone as a letter at the end of its word, so that both spellings are equal.

    >>> plain("HOÀ BÌNH") == plain("Hòa Bình")
    True
    >>> plain("Hoa Bình") == plain("Hòa Bình")
    False
    """
    return _WORD.sub(_tone_last, clean(text).casefold())


def _tone_last(match: re.Match[str]) -> str:
    letters = unicodedata.normalize("NFD", match[0])
    tones = "".join(_TONES.get(letter, "") for letter in letters)
    if not tones:
        return match[0]
    return unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES)) + tones


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Lower case without diacritics, đ as d.

    >>> fold("Đường&nbsp;dây NÓNG")
    'duong day nong'
    """
    letters = unicodedata.normalize("NFD", clean(text).casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def shorten(text: str, limit: int = 200) -> str:
    """At most `limit` characters of one line, cut at a word where that is near."""
    text = clean(text[: limit * 4])
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit * 0.6 else cut) + "…"
