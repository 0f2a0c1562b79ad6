"""Sites that beget addresses without end (field notes 0.3, 0.6, section 5), one small trap each on the good site."""

import itertools
import random
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl

from tests.hostile.light import AS_OF, PAGES, SECTIONS, TITLES, Hostile, entry, listing, page
from tests.hostile.server import Asked, answer

CHANCE = random.Random(7)
Links = Callable[[Asked], str]


def token() -> str:
    return f"{CHANCE.getrandbits(128):032x}"


def everywhere(
    links: Links, here: Callable[[Asked], bytes | None] = lambda asked: None, *, in_menu: bool = False
) -> Callable[[Asked], bytes | None]:
    """Add links to every page of the site (to its main column, or its menu), and answer what they lead to."""

    def spoil(asked: Asked) -> bytes | None:
        body = PAGES.get(asked.target) or here(asked)
        if body is None:
            return None
        mark = b"</ul></nav>" if in_menu else b"</main>"
        return answer(body.replace(mark, links(asked).encode() + mark))

    return spoil


def anchors(pairs: list[tuple[str, str]], tag: str = "p") -> str:
    return "".join(f'<{tag}><a href="{to}">{text}</a></{tag}>' for to, text in pairs)


def text_page(title: str) -> bytes:
    return page(
        title,
        f"<p>{title}: nội dung của trang này được cơ quan đăng tải để người dân theo dõi, tra cứu và góp ý theo quy định.</p>",
    )


def same_as(asked: Asked) -> bytes | None:
    """The good site's page of the path, whatever the query says."""
    return PAGES.get(asked.path)


def themes(asked: Asked) -> str:
    return anchors(
        [
            (f"{asked.path}?nvvithemever={mode}&amp;nv_redirect={token()}", name)
            for mode, name in (("r", "Tự động"), ("d", "Máy tính"), ("m", "Di động"))
        ]
    )


def sessions(asked: Asked) -> str:
    return anchors(
        [
            (path if n % 2 else f"{path};jsessionid={token()}", label)
            if n % 3
            else (f"{path}?PHPSESSID={token()}", label)
            for n, (path, (_, label, _)) in enumerate(SECTIONS.items())
        ],
        "li",
    )


def unknown_tokens(asked: Asked) -> str:
    """A menu of which each link bears a token of a name that nobody knows."""
    return anchors(
        [(f"{path}?zx{n}={token()}", label) for n, (path, (_, label, _)) in enumerate(SECTIONS.items())], "li"
    )


def calendar(asked: Asked) -> str:
    asked_for = dict(parse_qsl(asked.target.partition("?")[2]))
    month, year = int(asked_for.get("thang", 11)), int(asked_for.get("nam", 2026))
    ways = [
        (f"/lich?thang={month + 1}&amp;nam={year}", "Tháng sau"),
        (f"/lich?thang={month}&amp;nam={year + 1}", "Năm sau"),
        (f"/lich/{year + 1}/{month + 1}/", "Xem lịch tháng"),
    ]
    return anchors([*ways, *((f"/lich?ngay={day}&amp;thang={month}&amp;nam={year}", str(day)) for day in range(1, 29))])


def tree(asked: Asked) -> str:
    base = asked.path.rstrip("/")
    return anchors(
        [(f"{base}/en", "English"), (f"{base}/vi", "Tiếng Việt"), (f"{base}/en/vi/gioi-thieu", "Giới thiệu")]
    )


def portlets(asked: Asked) -> str:
    pairs = [(f"_101_INSTANCE_{name}", f"{name * 12}") for name in ("aB3", "cD4", "eF5", "gH6", "iJ7", "kL8", "mN9")]
    found = []
    for number in range(12):
        some = CHANCE.sample(pairs, CHANCE.randrange(3, 7))
        query = "&amp;".join(f"{key}={value}{number % 3}" for key, value in some)
        found.append((f"/web/guest/home?p_p_id=101_INSTANCE_x&amp;p_p_lifecycle=0&amp;{query}", f"Mục {number}"))
    return anchors(found)


def copies(asked: Asked) -> str:
    """Print, save, pop-up and tracking twins of every page."""
    path = asked.path
    return anchors([
        (f"{path}?print=1", "In trang"), (f"/news/print{path}", "Bản in"), (f"/news/savefile{path}.html", "Lưu"), (f"{path}?p_p_state=pop_up", "Cửa sổ mới"),
        (f"{path}?tmpl=component&amp;print=1", "In"), (f"{path}?utm_source={token()}&amp;fbclid={token()}", "Chia sẻ"), (f"{path}?gclid={token()}", "Xem"),
    ])  # fmt: skip


def mixed(text: str) -> str:
    return "".join(letter.upper() if CHANCE.random() < 0.5 else letter for letter in text)


def cases(asked: Asked) -> str:
    return anchors(
        [(mixed(path), label) for path, (_, label, _) in SECTIONS.items()]
        + [(mixed("/gioi-thieu-chung-ve-co-quan"), f"Xem {n}") for n in range(10)]
    )


def any_case(asked: Asked) -> bytes | None:
    path = asked.path.lower()
    return PAGES.get(path) or (text_page("Giới thiệu chung") if path == "/gioi-thieu-chung-ve-co-quan" else None)


def old_forms(asked: Asked) -> str:
    number = asked.number * 20
    return anchors([
        (f"/index.php?language=vi&amp;nv=news&amp;op=bai-{n}", f"Bài viết cũ số {n} về công tác cải cách hành chính") for n in range(number, number + 10)
    ] + [(f"/vi/news/bai-{n}.html", f"Bài viết số {n} về công tác cải cách hành chính") for n in range(number, number + 10)])  # fmt: skip


def article(asked: Asked) -> bytes | None:
    return text_page("Bài viết về công tác cải cách hành chính") if "bai-" in asked.target else None


def many(asked: Asked) -> str:
    return anchors([(f"/lien-ket/{n}/muc-{n % 97}", f"Liên kết {n}") for n in range(5000)], "li")


def many_first(asked: Asked) -> bytes | None:
    """Five thousand links before the menu."""
    body = PAGES.get(asked.target) if asked.target in ("/", "/co-cau") else None
    return body and answer(body.replace(b"<header>", f'<div class="tags">{many(asked)}</div><header>'.encode()))


def same_pages(asked: Asked) -> bytes | None:
    """/tin-tuc/page-N is always there, and always shows the newest."""
    if asked.path.startswith("/tin-tuc"):
        number = int(asked.path.partition("page-")[2] or 1)
        pager = anchors(
            [(f"/tin-tuc/page-{n}", str(n)) for n in range(number + 1, number + 6)]
            + [(f"/tin-tuc/page-{number + 1}", "Trang sau")],
            "span",
        )
        return answer(page("Tin tức - Sự kiện", listing("/tin-tuc", more=pager)))
    return None


def fresh_pages(asked: Asked) -> bytes | None:
    """… and always shows something that looks new."""
    if asked.path.startswith("/tin-tuc"):
        number = int(asked.path.partition("page-")[2] or 1)
        items = "".join(
            entry(
                f"/tin-tuc/bai-{number * 10 + n}.html",
                TITLES["/tin-tuc"].format(number * 10 + n),
                AS_OF - timedelta(days=n),
            )
            for n in range(10)
        )
        pager = anchors(
            [(f"/tin-tuc/page-{n}", str(n)) for n in range(number + 1, number + 6)]
            + [(f"/tin-tuc/page-{number + 1}", "Trang sau")],
            "span",
        )
        return answer(page("Tin tức - Sự kiện", f"<ul>{items}</ul>{pager}"))
    return None


def empty_pages(asked: Asked) -> bytes | None:
    """… and shows nothing after its second page."""
    if asked.path == "/tin-tuc" and "page=" in asked.target:
        number = int(asked.target.partition("page=")[2])
        pager = anchors([(f"/tin-tuc?page={number + 1}", "Trang sau")], "span")
        return answer(
            page(
                "Tin tức - Sự kiện",
                (listing("/tin-tuc", number) if number <= 2 else "<p>Không có bài viết</p>") + pager,
            )
        )
    return None


def relative(asked: Asked) -> str:
    return anchors([("van-hoa/", "Văn hóa"), ("xa-hoi/", "Xã hội"), ("kinh-te/", "Kinh tế"), ("y-te/", "Y tế")])


def folders(asked: Asked) -> bytes | None:
    return text_page("Chuyên mục") if asked.path.endswith("/") and asked.path != "/" else None


def relative_menu(asked: Asked) -> str:
    return anchors(
        [
            ("gioi-thieu/", "Giới thiệu chung"),
            ("cong-khai/", "Công khai thông tin"),
            ("tin-trong-nganh/", "Tin trong ngành"),
        ],
        "li",
    )


def facets(asked: Asked) -> str:
    asked_for = dict(parse_qsl(asked.target.partition("?")[2]))
    found = []
    for key, value in itertools.product(
        ("linhvuc", "coquan", "loai", "nam", "sapxep", "trangthai", "nguoiky"), range(3)
    ):
        query = "&amp;".join(f"{name}={one}" for name, one in sorted({**asked_for, key: str(value)}.items()))
        found.append((f"/van-ban?{query}", f"Lọc {key} {value}"))
    return anchors(found)


def home_canonical(asked: Asked) -> bytes | None:
    """Every page says that the home page is its one form; one says that another host is."""
    body = PAGES.get(asked.target)
    other = "http://evil.test/" if asked.path == "/lien-he" else "/"
    return body and answer(body.replace(b"</head>", f'<link rel="canonical" href="{other}"></head>'.encode()))


PAGES_AND_FEW = 60
"""Requests: the page limit of the test, robots.txt, further tries."""
TRAPS = [
    Hostile("trap-themes", everywhere(themes), at_most=32),
    Hostile("trap-sessions", everywhere(sessions, same_as), at_most=32),
    Hostile("trap-unknown-tokens", everywhere(unknown_tokens, same_as, in_menu=True), state="", at_most=PAGES_AND_FEW),
    Hostile(
        "trap-calendar",
        everywhere(calendar, lambda asked: text_page("Lịch công tác") if asked.path.startswith("/lich") else None),
        state="",
        at_most=PAGES_AND_FEW,
    ),
    Hostile(
        "trap-languages",
        everywhere(tree, lambda asked: text_page("Trang") if "/en" in asked.path or "/vi" in asked.path else None),
        state="",
        at_most=PAGES_AND_FEW,
    ),
    Hostile(
        "trap-portlets",
        everywhere(portlets, lambda asked: text_page("Trang chủ") if asked.path.startswith("/web") else None),
        state="",
        at_most=PAGES_AND_FEW,
    ),
    Hostile("trap-copies", everywhere(copies, same_as), at_most=32),
    Hostile("trap-cases", everywhere(cases, any_case), at_most=60),
    Hostile("trap-old-forms", everywhere(old_forms, article), state="", at_most=PAGES_AND_FEW),
    Hostile("trap-many-links", many_first, state="", at_most=PAGES_AND_FEW),
    Hostile("trap-same-pages", same_pages, state="", at_most=PAGES_AND_FEW),
    Hostile("trap-fresh-pages", fresh_pages, state="", at_most=PAGES_AND_FEW),
    Hostile("trap-empty-pages", empty_pages, state="", at_most=PAGES_AND_FEW),
    Hostile("trap-relative", everywhere(relative, folders), state="", at_most=PAGES_AND_FEW),
    Hostile("trap-relative-menu", everywhere(relative_menu, folders, in_menu=True), state="", at_most=PAGES_AND_FEW),
    Hostile("trap-facets", everywhere(facets, same_as), state="", at_most=PAGES_AND_FEW),
    Hostile("canonical-home", home_canonical, at_most=32),
]
