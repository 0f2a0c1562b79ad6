"""Addresses under attack: one form for one page, and never another host's for the site's own."""

import string
from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.frontier import Frontier, Rank
from crawler.scope import Scope, is_action, is_login, is_trap
from crawler.urls import canonical, page_key

HOST = "so.tinh.gov.vn"
AS_OF = date(2026, 11, 22)
settings.register_profile("addresses", deadline=None, max_examples=300)  # the machine may be busy
settings.load_profile("addresses")
ODD = st.text(alphabet=st.sampled_from([*"/\\?#@:;&=%.[]()+ \t\n\r\x00ảđĐ。／＠\udc80", *"aAzZ09"]), max_size=40)
SCHEMES = st.sampled_from(["http", "https", "HTTP", "hTTps", "ftp", "javascript", "data", "file", ""])
PATHS = st.lists(
    st.one_of(
        st.sampled_from(
            ["", ".", "..", "tin-tuc", "%2e%2e", "%2E", "Tin%20t%E1%BB%A9c", "a;jsessionid=AB1", "(S(abcdefghij0123456789abcd))",
             "phpsessid=1a", "p%68psessid=2", "index.php", "%", "%zz", "%25", "a%2Fb", "ứng dụng"]
        ),
        ODD,
    ),
    max_size=6,
).map("/".join)  # fmt: skip
QUERIES = st.lists(
    st.one_of(
        st.sampled_from(
            ["a=1", "b=2", "a=2", "utm_source=x", "PHPSESSID=9", "nv_redirect=af", "&amp;c=3", "am%70;=1", "d", "15248263",
             "e=", "=f", "q=%E0", "q=a+b", "q=a%20b", "token=1"]
        ),
        ODD,
    ),
    max_size=6,
).map("&".join)  # fmt: skip


@given(st.one_of(st.text(), st.builds("{}://{}/{}?{}".format, SCHEMES, ODD, PATHS, QUERIES)))
@example("http://[")
@example("http://a.gov.vn:99999/")
@example("http://a..b/")
@example("http://\ud800/")
@example("http://a/\ud800?\ud800")
def test_nothing_makes_canonical_fail(url: str) -> None:
    page_key(url), Scope.of(url), is_action(canonical(url) or ""), is_trap(canonical(url) or "")


@given(SCHEMES, st.sampled_from(["", "www.", "WWW."]), PATHS, QUERIES, ODD)
def test_canonical_changes_nothing_when_done_twice(scheme: str, www: str, path: str, query: str, fragment: str) -> None:
    once = canonical(f"{scheme}://{www}{HOST}/{path}?{query}#{fragment}")
    if once is not None:
        assert canonical(once) == once
        assert (
            urlsplit(once).scheme in ("http", "https")
            and "#" not in once
            and ".." not in urlsplit(once).path.split("/")
        )


@given(PATHS, st.permutations(["a=1", "b=2", "c", "d=x+y"]), st.text(string.ascii_letters + string.digits, min_size=1))
def test_twins_have_one_key(path: str, query: list[str], token: str) -> None:
    """Scheme, www, port, case of the host, order of the query, session, tracking and theme parameters, fragment."""
    asked = "&".join(query)
    twins = {
        page_key(url)
        for url in (
            f"http://{HOST}/{path}?a=1&b=2&c&d=x%20y",
            f"https://www.{HOST.upper()}/{path}?{asked}",
            f"http://{HOST}:80/{path}?{asked}&utm_source={token}&PHPSESSID={token}",
            f"http://{HOST}.:443/{path}?nvvithemever=m&amp;{asked}&amp;nv_redirect={token}#{token}",
        )
        if "#" not in path and "?" not in path
    }
    assert len(twins) <= 1


def test_sessions_in_paths_are_left_out() -> None:
    keys = {
        page_key(f"http://{HOST}{path}")
        for path in (
            "/tin/bai", "/tin/bai;jsessionid=0123456789ABCDEF?", "/PHPSESSID=ab12/tin/bai", "/(S(qdqzq3mwudvpnz45kpw3bp45))/tin/bai",
            "/tin;jsessionid=1/bai", "/tin/./bai", "/x/../tin/bai", "/tin/%62ai/",
        )
    }  # fmt: skip
    assert len(keys) == 1


TRICKS = [
    "http://so.tinh.gov.vn@evil.test/", "http://so.tinh.gov.vn:80@evil.test/", "http://evil.test\\@so.tinh.gov.vn/",
    "http://evil.test/\\so.tinh.gov.vn", "http://evil.test#@so.tinh.gov.vn/", "http://evil.test?@so.tinh.gov.vn/",
    "http://so.tinh.gov.vn.evil.test/", "http://sotinh.gov.vn/", "http://sub.so.tinh.gov.vn/", "http://tinh.gov.vn/",
    "http://www.www.so.tinh.gov.vn/", "http://so.tinh.gov.vn:8080/", "https://so.tinh.gov.vn:22/", "ftp://so.tinh.gov.vn/",
    "javascript://so.tinh.gov.vn/%0aalert(1)", "data:text/html,so.tinh.gov.vn", "//so.tinh.gov.vn/", "http:so.tinh.gov.vn", "http:///so.tinh.gov.vn/",
    "http://so.tinh.gov.vn\\.evil.test/", "http://so.tinh.gov.vn%2eevil.test/", "http://so.tinh.gov.vn%00.evil.test/", "http://so.tinh.gov.vn evil.test/",
    "http://ѕо.tinh.gov.vn/", "http://127.0.0.1/", "http://0x7f.1/", "http://2130706433/", "http://127.1/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/",
    "http://169.254.169.254/latest/meta-data/", "http://user:pass@so.tinh.gov.vn/", "http://@so.tinh.gov.vn/",
]  # fmt: skip


@pytest.mark.parametrize("url", TRICKS)
def test_no_trick_makes_another_host_ones_own(url: str) -> None:
    scope = Scope.of(f"https://{HOST}/")
    assert not scope.holds(url)
    assert not Frontier(scope, AS_OF, "department").add(url, Rank.NAMED, 1)


@pytest.mark.parametrize(
    "host",
    [
        "so.tinh.gov.vn",
        "WWW.SO.TINH.GOV.VN",
        "so.tinh.gov.vn.",
        "so。tinh.gov.vn",
        "ｓｏ.tinh.gov.vn",
        "so.tinh.gov.vn:443",
    ],
)
def test_spellings_of_the_one_host_are_ones_own(host: str) -> None:
    """What resolves to the same name: capitals, a trailing dot, unicode dots and full-width letters, standard ports."""
    assert Scope.of(f"https://{HOST}/").holds(f"http://{host}/tin")


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_what_is_held_is_asked_of_the_sites_host(before: str, after: str, path: str) -> None:
    """Whatever the address is made of: if it is held, its one form, which is what is asked for, names the site's host."""
    scope = Scope.of(f"https://{HOST}/")
    for url in (f"http://{before}{HOST}{after}/{path}", f"{before}{HOST}{after}", f"http://{before}/{HOST}{after}"):
        if scope.holds(url):
            parts = urlsplit(canonical(url) or "")
            assert parts.hostname in (HOST, f"www.{HOST}") and parts.port is None and parts.username is None


@given(PATHS)
def test_a_prefix_is_not_left(path: str) -> None:
    scope = Scope.of("https://tinh.gov.vn/vi/stttt/")
    url = f"https://tinh.gov.vn/vi/stttt/{path}"
    if scope.holds(url):
        assert urlsplit(canonical(url) or "").path.rstrip("/").startswith("/vi/stttt")


@pytest.mark.parametrize(
    "outside", ["/vi/stttt-khac", "/vi", "/", "/vi/stttt/../khac", "/vi/stttt/%2e%2e/khac", "/vi/stttt/a/../../khac"]
)
def test_outside_of_a_prefix(outside: str) -> None:
    assert not Scope.of("https://tinh.gov.vn/vi/stttt/").holds(f"https://tinh.gov.vn{outside}")


ACTIONS = [
    "/users/logout/", "/dang-xuat", "/thoat.html", "/c/portal/login?p_l_id=1", "/wp-login.php?action=logout", "/index.php?language=vi&nv=users&op=logout",
    "/delete/12", "/xoa/12", "/?action=delete&id=4", "/bai-viet?del=4", "/voting/vote?id=2", "/binh-chon/1", "/?op=vote&vid=3", "/nv/banners/click/?id=5",
    "/index.php?nv=banners&op=click&id=1", "/adclick.php?id=3", "/gio-hang/them", "/?add-to-cart=15", "/?act=addtocart&id=3", "/download/down/?id=3",
    "/tai-lieu?download=1&id=0", "/tai-ve/12", "/Handlers/download.ashx?id=3", "/?task=download&id=5", "/news/print/5", "/news/savefile/tin/bai-5.html",
    "/?p_p_state=pop_up&p_p_id=56", "/tin?replytocom=12", "/sendmail/5", "/%6Cogout", "/like/5", "/rating/5?v=1", "/?u%6Eused=1&action=%64elete",
]  # fmt: skip
READING = [
    "/dang-ky-kinh-doanh", "/danh-sach-cu-tri", "/vi/download/", "/index.php?language=vi&nv=download", "/tin-tuc/xoa-doi-giam-ngheo-12.html", "/?op=editorial",
    "/likelihood", "/binh-chon-nong-san-tieu-bieu-45.html", "/co-cau-to-chuc", "/users-guide", "/?view=news&id=2", "/clickbait.html", "/gop-y", "/hoi-dap",
]  # fmt: skip


@pytest.mark.parametrize("path", ACTIONS)
def test_a_link_that_does_something_is_never_followed(path: str) -> None:
    frontier = Frontier(Scope.of(f"https://{HOST}/"), AS_OF, "department")
    assert not frontier.add(f"http://{HOST}{path}", Rank.NAMED, 1)


@pytest.mark.parametrize("path", READING)
def test_a_link_that_only_sounds_like_it_is_followed(path: str) -> None:
    assert not is_action(f"http://{HOST}{path}") and not is_login(f"http://{HOST}{path}")
