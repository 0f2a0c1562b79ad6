"""No request goes to this machine or an inner network, however it is spelt or resolved, unless the registry says so."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.extract.decode import decode
from crawler.resolver import is_public
from tests.hostile.light import AS_OF, Hostile, menu, page
from tests.hostile.server import Asked, answer, listen

INNER = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255", "::1", "::",
    "fe80::1", "fc00::1", "fd12::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "[::1]", "fe80::1%eth0", "ff02::1", "no address",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_never_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["171.244.1.9", "2405:4800::1", "::ffff:171.244.1.9"])
def test_a_public_one_is(address: str) -> None:
    assert is_public(address)


def test_only_what_the_registry_puts_here_is_connected_to(tmp_path: Path) -> None:
    """One server on loopback: reached by the site that the registry puts there, by no name that resolves to it, at
    once or only when the connection is made, by no odd spelling of its address, by no redirect or link to them."""
    seen: list[str] = []

    def inner(asked: Asked) -> bytes:
        seen.append(asked.host)
        port = asked.host.rpartition(":")[2]
        elsewhere = [
            f"http://{host}:{port}/"
            for host in ("127.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0", "localhost", "doi-ten.test")
        ]
        if asked.path.startswith("/di-"):
            return answer(b"", "302 Found", f"Location: {elsewhere[int(asked.path[4:])]}")
        links = "".join(
            f'<li><a href="{to}">Tin tức {n}</a> <a href="/di-{n}">Văn bản {n}</a></li>'
            for n, to in enumerate(elsewhere)
        )
        return answer(page("Trang chủ", "<p>Nội dung</p>", nav=menu(links)))

    with listen([Hostile("may-nay", inner)]) as (log, [address]):
        host, port = address.split(":")
        sites = {
            "may-nay": f'"http://{address}/", delay: 0', "doi-ten": f'"http://doi-ten.test:{port}/"', "noi-bo": f'"http://noi-bo.test:{port}/"',
            "mang-rieng": f'"http://mang-rieng.test:{port}/"',
        }  # fmt: skip
        registry = tmp_path / "registry.yml"
        registry.write_text(
            'province: {id: songthao, name: Tỉnh Sông Thao, timezone: Asia/Ho_Chi_Minh, domain: songthao.test, area_codes: ["271"]}\nsites:\n'
            + "".join(
                f"  - {{id: {name}, name: Sở {name}, kind: department, url: {url}}}\n" for name, url in sites.items()
            ),
            encoding="utf-8",
        )
        answers = {"doi-ten.test": ["93.184.216.34", host], "noi-bo.test": [host], "mang-rieng.test": ["10.255.255.1"]}
        script = Path(__file__).parent / "hostile" / "rebinding.py"
        options = [
            "crawl",
            "--registry",
            registry,
            "--data",
            tmp_path / "var",
            "--as-of",
            str(AS_OF),
            "--max-pages",
            "40",
        ]
        done = subprocess.run(
            [sys.executable, script, json.dumps(answers), *options], capture_output=True, text=True, timeout=250
        )
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.findall(r"answered doi-ten\.test (\S+)", done.stderr)[:2] == [
        "93.184.216.34",
        host,
    ]  # the answer did change
    assert set(seen) == {address} and {name for _, name, _ in log.requests} == {address}
    assert len(seen) > 8


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("utf-8", "iso-8859-1"),
        ("utf-8-sig", ""),
        ("utf-16", "utf-8"),
        ("utf-16", ""),
        ("utf-16-le", "utf-16-le"),
        ("utf-32", "utf-8"),
        ("utf-8", "nonsense"),
        ("utf-8", ""),
    ],
)
def test_a_page_is_read_in_its_true_charset(charset: str, declared: str) -> None:
    text = "<p>Cơ cấu tổ chức, chức năng nhiệm vụ của Ủy ban nhân dân phường Tân Lập</p>"
    assert decode(text.encode(charset), f"text/html; charset={declared}") == text


def test_text_that_was_encoded_twice_is_read_as_meant() -> None:
    text = "<p>Giới thiệu, cơ cấu tổ chức “bộ máy” của Ủy ban nhân dân</p>"
    assert decode(text.encode().decode("latin-1").encode()) == text
