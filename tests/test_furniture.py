"""Tools, languages, channels and counters around a page's content."""

import pytest

from crawler.captures import Capture
from crawler.extract.page import observe


def features_of(body: str) -> dict[str, str]:
    main, foot = ("<p>Tin</p>", body) if body.startswith("<footer") else (body, "")
    page = f"<html><head><title>Tin tức</title></head><body><main><h1>Tin tức</h1>{main}</main>{foot}</body></html>"
    capture = Capture("http://a.test/tin", 200, {"content-type": "text/html; charset=utf-8"}, page.encode())
    return {feature.name: feature.excerpt for feature in observe(capture).features}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('<a href="/print/12">In bài viết</a>', "print_page"),
        ('<button onclick="window.print()">🖨</button>', "print_page"),
        ('<a href="/vi/news/savefile/a-1.html">Lưu bài viết này</a>', "save_page"),
        ('<a href="https://www.facebook.com/sharer.php?u=x">f</a>', "share_page"),
        ("<p>Xem với cỡ chữ A A</p>", "font_size"),
        ("<p>Nghe bài viết</p>", "reading_aloud"),
        ("<p>Click để đánh giá bài viết</p>", "rating"),
        ('<a href="/en/">English</a>', "english_version"),
        ('<a href="/km/">ភាសាខ្មែរ</a>', "khmer_version"),
        ('<a href="https://www.facebook.com/sotuphap">Fanpage</a>', "social_channel"),
        ('<a href="https://zalo.me/123456">Zalo OA</a>', "social_channel"),
        ('<img src="/images/quoc-huy.png" alt="">', "emblem"),
        ("<footer>Giấy phép số 12/GP-TTĐT ngày 3/4/2024</footer>", "licence"),
        ("<p>Tổng lượt truy cập: 1.908.271</p>", "visitor_counter"),
    ],
)
def test_a_feature_is_seen(body: str, name: str) -> None:
    assert name in features_of(body)


@pytest.mark.parametrize(
    "body",
    [
        '<a href="/in-an">In ấn, phát hành sách</a><a href="/tin">Học tiếng Anh miễn phí</a>',
        '<a href="https://www.youtube.com/watch?v=1">Phóng sự</a><a href="https://www.facebook.com/">Facebook</a>',
        "<p>Người dân truy cập trang để nộp hồ sơ. Sở cấp giấy phép cho 12 đơn vị.</p>",
        '<img src="/upload/hop-1.jpg" alt="Quang cảnh cuộc họp">',
    ],
)
def test_what_only_sounds_like_one_is_none(body: str) -> None:
    assert features_of(body) == {}
