"""Reading a registry file: every mistake is told at once, with file, line and what was expected."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarfloat import ScalarFloat

from crawler.facts import Kind
from crawler.urls import page_key

MAX_BYTES = 2_000_000
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
Check = Callable[[Any], str | None]
"""Gives what was expected where a value is wrong, None where it is right."""


class RegistryError(Exception):
    """The registry can't be used. `problems`: one line each, "file:line: entry: what is wrong; what was expected"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _text(value: Any) -> str | None:
    if isinstance(value, str) and value.strip():
        return None
    return "cần một chuỗi ký tự (số phải đặt trong ngoặc kép)"


def _text_or_empty(value: Any) -> str | None:
    return None if isinstance(value, str) else "cần một chuỗi ký tự trong ngoặc kép"


def _matches(pattern: re.Pattern[str], expected: str) -> Check:
    return lambda value: _text(value) or (None if pattern.fullmatch(value) else expected)


def _one_of(*values: str) -> Check:
    return lambda value: None if isinstance(value, str) and value in values else f"cần một trong: {', '.join(values)}"


def _texts(check: Check) -> Check:
    def inner(value: Any) -> str | None:
        if not isinstance(value, list):
            return 'cần một danh sách, ví dụ ["…"]'
        found = ((item, problem) for item in value if (problem := check(item)))
        return next((f"{_shown(item)}: {problem}" for item, problem in found), None)

    return inner


def _date(value: Any) -> str | None:
    return (
        None
        if isinstance(value, date) and not isinstance(value, datetime)
        else "cần một ngày dạng YYYY-MM-DD, không có ngoặc kép"
    )


def _timezone(value: Any) -> str | None:
    if problem := _text(value):
        return problem
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return "cần tên múi giờ, ví dụ Asia/Ho_Chi_Minh"
    return None


def _number(minimum: float, whole: bool) -> Check:
    def inner(value: Any) -> str | None:
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or value < minimum:
            return f"cần một số{' nguyên' if whole else ''} từ {minimum:g} trở lên, không có ngoặc kép"
        return None

    return inner


def check_url(value: Any) -> str | None:
    """What is wrong with a site's address, None where it is right."""
    expected = "cần địa chỉ http:// hoặc https:// với tên miền đầy đủ, ví dụ https://sotuphap.binhphuoc.gov.vn/"
    if problem := _text(value):
        return problem
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  raises for a port that is none
    except ValueError:
        return expected
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value):
        return expected
    if parts.username is not None or parts.query or parts.fragment:
        return "địa chỉ không được có tài khoản, phần ? hay phần #"
    try:
        address = ip_address(parts.hostname)
    except ValueError:
        return None if parts.hostname == "localhost" or _HOST.fullmatch(parts.hostname) else expected
    return (
        None
        if address.is_loopback or address.is_global
        else "địa chỉ IP phải là công cộng, hoặc 127.0.0.1 để thử trên máy này"
    )


def _connect_to(value: Any) -> str | None:
    expected = "cần một địa chỉ nội bộ của máy này kèm cổng, ví dụ 127.0.0.1:8080"
    if problem := _text(value):
        return problem
    host, _, port = value.rpartition(":")
    try:
        good = host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return expected
    return None if good and port.isdigit() and 0 < int(port) < 65536 else expected


def _url_or_null(value: Any) -> str | None:
    return None if value is None else check_url(value)


_identifier = _matches(_ID, "cần mã gồm chữ thường không dấu, số và gạch nối, ví dụ so-tu-phap")
_PROVINCE: Mapping[str, tuple[bool, Check]] = {
    "id": (True, _identifier),
    "name": (True, _text),
    "timezone": (True, _timezone),
    "domain": (True, _matches(_HOST, "cần tên miền, ví dụ binhphuoc.gov.vn")),
    "area_codes": (
        True,
        _texts(_matches(re.compile(r"2\d{1,2}"), 'cần mã vùng trong ngoặc kép, không có số 0 đầu, ví dụ "271"')),
    ),
    "profile": (False, _identifier),
    "ended": (False, _date),
    "successor": (False, _identifier),
    "contact": (
        False,
        _matches(
            re.compile(r"[!-'*-~][ -'*-~]{0,198}[!-'*-~]"),
            "cần địa chỉ thư điện tử hoặc trang web của nơi vận hành: ký tự ASCII, không ngoặc, tối đa 200 ký tự",
        ),
    ),
}
_SITE: Mapping[str, tuple[bool, Check]] = {
    "id": (True, _identifier),
    "name": (True, _text),
    "kind": (True, _one_of(*Kind)),
    "url": (True, _url_or_null),
    "source": (False, _one_of("seen", "guess")),
    "seen_at": (False, _text_or_empty),
    "field": (False, _identifier),
    "aliases": (False, _texts(_text)),
    "former_urls": (False, _texts(check_url)),
    "install": (False, _identifier),
    "connect_to": (False, _connect_to),
    "yearly_target": (False, _number(1, True)),
    "delay": (False, _number(0, False)),
    "report_to": (False, _texts(_matches(_EMAIL, "cần địa chỉ thư điện tử"))),
    "active_from": (False, _date),
    "active_until": (False, _date),
}
_CONTACTS: Mapping[str, tuple[bool, Check]] = {
    "phones": (False, _texts(_text)),
    "faxes": (False, _texts(_text)),
    "emails": (False, _texts(_matches(_EMAIL, "cần địa chỉ thư điện tử"))),
    "address": (False, _text_or_empty),
}


def read_registry(path: Path) -> dict[str, Any]:
    """The file's content in plain Python values, checked. Raises RegistryError."""
    problems: list[str] = []

    def tell(line: int, entry: str, message: str) -> None:
        problems.append(f"{path}:{line + 1}: {entry + ': ' if entry else ''}{message}")

    data = _load(path)
    if not isinstance(data, CommentedMap):
        raise RegistryError([f"{path}:1: cần hai phần `province` và `sites`"])
    for key in data:
        if key not in ("province", "sites"):
            tell(data.lc.key(key)[0], "", f"không có phần {key!r}; cần `province` và `sites`")
    province, sites = data.get("province"), data.get("sites")
    if isinstance(province, CommentedMap):
        _check_map(province, _PROVINCE, "province", tell)
    else:
        tell(0, "province", "cần thông tin tỉnh: id, name, timezone, domain, area_codes")
    if not isinstance(sites, CommentedSeq) or not sites:
        tell(data.lc.key("sites")[0] if "sites" in data else 0, "sites", "cần danh sách các trang, ít nhất một trang")
        raise RegistryError(problems)
    seen: dict[tuple[str, str], int] = {}
    for number, site in enumerate(sites):
        line = sites.lc.item(number)[0]
        if not isinstance(site, CommentedMap):
            tell(line, f"trang thứ {number + 1}", "cần các trường id, name, kind, url")
            continue
        _check_site(site, line, number, seen, tell)
    if problems:
        raise RegistryError(problems)
    return {"province": _plain(province), "sites": [_plain(site) for site in sites]}


def _check_site(
    site: CommentedMap, line: int, number: int, seen: dict[tuple[str, str], int], tell: Callable[[int, str, str], None]
) -> None:
    entry = str(site.get("id") or f"trang thứ {number + 1}")
    _check_map(site, {**_SITE, "contacts": (False, lambda _: None)}, entry, tell)
    contacts = site.get("contacts")
    if isinstance(contacts, CommentedMap):
        _check_map(contacts, _CONTACTS, f"{entry}: contacts", tell)
    elif contacts is not None:
        tell(site.lc.key("contacts")[0], entry, "contacts: cần các trường phones, faxes, emails, address")
    for key, value in (("id", site.get("id")), ("url", site.get("url"))):
        if not isinstance(value, str) or (key == "url" and check_url(value)):
            continue
        identity = (key, page_key(value) if key == "url" else value)
        place = site.lc.key(key)[0]
        if identity in seen:
            tell(place, entry, f"{key} {value!r} đã có ở dòng {seen[identity] + 1}; mỗi {key} chỉ dùng một lần")
        seen.setdefault(identity, place)
    first, last = site.get("active_from"), site.get("active_until")
    if isinstance(first, date) and isinstance(last, date) and last < first:
        tell(site.lc.key("active_until")[0], entry, f"active_until {last} trước active_from {first}")


def _load(path: Path) -> Any:
    yaml = YAML()
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RegistryError([f"{path}: không đọc được danh bạ: {error.strerror}"]) from error
    if len(raw) > MAX_BYTES:
        raise RegistryError([f"{path}: tệp lớn hơn {MAX_BYTES} byte"])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RegistryError([f"{path}:{line}: không phải UTF-8; hãy lưu tệp với bảng mã UTF-8"]) from error
    if found := re.search(r"(?m)^[^#\n'\"]*?(?:[:\-\[,]\s+|^)[&*](?=\w)", text):
        line = text[: found.end()].count("\n") + 1
        raise RegistryError([f"{path}:{line}: không dùng ký hiệu & và * của YAML; hãy viết giá trị trong ngoặc kép"])
    try:
        return yaml.load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = str(getattr(error, "problem", None) or error).splitlines()[0]
        if "duplicate key" in what:
            what = f"trường bị ghi hai lần ({what})"
        raise RegistryError([f"{path}:{mark.line + 1 if mark else 1}: không phải YAML hợp lệ: {what}"]) from error
    except (ValueError, RecursionError, TypeError, AttributeError) as error:
        # ruamel raises ValueError for 2024-13-01, and others for tags of its own
        raise RegistryError(
            [f"{path}:{_bad_date_line(text)}: giá trị không hợp lệ: {error}; ngày cần dạng YYYY-MM-DD"]
        ) from error


def _bad_date_line(text: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        for found in re.finditer(r"\b\d{4}-\d{1,2}-\d{1,2}\b", line):
            try:
                date.fromisoformat(found[0])
            except ValueError:
                return number
    return 1


def _check_map(
    data: CommentedMap, fields: Mapping[str, tuple[bool, Check]], entry: str, tell: Callable[[int, str, str], None]
) -> None:
    for key, value in data.items():
        if key not in fields:
            tell(data.lc.key(key)[0], entry, f"không có trường {key!r}; các trường có: {', '.join(fields)}")
        elif problem := fields[key][1](value):
            tell(data.lc.key(key)[0], entry, f"{key}: {_shown(value)} không hợp lệ; {problem}")
    for key, (required, _) in fields.items():
        if required and key not in data:
            tell(data.lc.line or 0, entry, f"thiếu trường {key!r}")


def _shown(value: Any) -> str:
    text = (
        repr(value)
        if not isinstance(value, (CommentedMap, CommentedSeq))
        else type(value).__name__.removeprefix("Commented").lower()
    )
    return text if len(text) <= 60 else text[:57] + "…"


def _plain(value: Any) -> Any:
    """ruamel's values as Python's own."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, ScalarFloat):
        return float(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool) or value is None or isinstance(value, (date, float)):
        return value
    return int(value)
