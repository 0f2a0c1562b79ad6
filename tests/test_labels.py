"""Labels of real menus, near misses, and what text folding makes equal."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.labels import match_label, vocabulary
from crawler.extract.vocabulary import VocabularyError, load_vocabulary
from crawler.text import clean, fold, plain, shorten


@pytest.mark.parametrize(
    ("label", "kind", "requirement"),
    [
        ("Cơ cấu tổ chức", "department", "INT-01"),
        ("CƠ CẤU TỔ CHỨC", "department", "INT-01"),
        ("co cau to chuc", "department", "INT-01"),
        ("C&#417; c&#7845;u t&#7893; ch&#7913;c", "department", "INT-01"),
        ("Cơ cấu tổ chức", "commune", "INT-07"),
        ("» Giới thiệu chung «", "commune", "INT-09"),
        ("Lãnh đạo Sở", "department", "INT-05"),
        ("Lãnh đạo UBND huyện", "district", "INT-05"),
        ("Thủ tục hành chính cấp Sở", "department", "TTH-01"),
        ("Bộ TTHC", "department", "TTH-01"),
        ("Tin tức (125)", "department", "NEW-01"),
        ("TIN TỨC-SỰ KIỆN", "commune", "NEW-01"),
        ("Văn bản chỉ đạo, điều hành", "department", "NEW-02"),
        ("Công khai ngân sách năm 2024", "department", "BUD-01"),
        ("Đấu thấu mua sắm công", "department", "PLN-05"),
        ("Hỏi - Đáp", "department", "FBK-03"),
        ("Lịch tiếp công dân của lãnh đạo UBND huyện Bắc Sơn", "district", "FBK-10"),
        ("Lấy ý kiến nhân dân về dự thảo văn bản", "portal", "FBK-01"),
        ("Sơ đồ website", "department", "TEC-18"),
        ("Cơ cấu tổ chúc", "department", "INT-01"),
    ],
)
def test_a_label_names_its_requirement(label: str, kind: str, requirement: str) -> None:
    found = match_label(label, site_kind=kind)
    assert found is not None and found.requirement == requirement


@pytest.mark.parametrize(
    "label",
    [
        "Tin tức thể thao",
        "Liên hệ quảng cáo",
        "Lịch thi đấu",
        "Lịch cắt điện",
        "Bản đồ du lịch tỉnh",
        "Tổ chức sự kiện",
        "Thống tin",
        "Hội thảo góp ý dự thảo Đề án xây dựng thành phố thông minh",
        "Sở Y tế kiểm tra công tác phòng chống dịch tại các cơ sở",
        "Xem thêm",
        "",
        "2",
    ],
)
def test_a_near_miss_names_nothing(label: str) -> None:
    assert match_label(label, site_kind="department") is None


@pytest.mark.parametrize(
    ("name", "href", "requirement"),
    [
        ("duong_day_nong.png", "?com=lien-he", "CON-05"),
        ("tt_hc.png", "index.php?id=3", "TTH-01"),
        ("1717753263991_Dich vu cong.jpg", None, "TTH-01"),
        ("congkhaingansach.jpg", None, "BUD-01"),
        ("banner1.jpg", "/lanh-ao-so", "INT-05"),
        ("banner1.jpg", "/trang-42", None),
    ],
)
def test_a_picture_is_known_by_its_file_name_or_address(name: str, href: str | None, requirement: str | None) -> None:
    found = match_label(name, href=href, site_kind="department", source="file")
    assert (found.requirement if found else None) == requirement


def test_diacritics_come_before_folding() -> None:
    assert plain("Hoà") == plain("Hòa") != plain("Hoa")
    assert fold("Đường  dây\u00a0nóng") == fold("đường dây nóng") == "duong day nong"
    assert clean("&amp;ocirc; &#x002F;") == "ô /"
    assert shorten("a " * 200, 20).endswith("…") and len(shorten("a" * 999, 20)) == 20


@given(st.text(max_size=300), st.sampled_from(["text", "file"]))
def test_any_text_is_taken(label: str, source: str) -> None:
    match_label(label, href=f"http://a.test/{label[:50]}", source=source)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("neutral: [a\n", ":2"),
        ("abbreviations: {}\nneutral: [a]\nreject: [x]\nrequirements: {INT-1: {labels: [a]}}\nalso: {}\n", ":4: INT-1"),
        (
            "abbreviations: {}\nneutral: [a]\nreject: [x]\nrequirements:\n  INT-01: {labels: []}\nalso: {}\n",
            ":5: INT-01",
        ),
        (
            "abbreviations: {}\nneutral: [a]\nreject: [x]\n"
            "requirements:\n  INT-01: {labels: [Tin tức], only: [ministry]}\nalso: {}\n",
            "only",
        ),
        ("labels: {}\n", "neutral"),
    ],
)
def test_a_mistake_in_the_vocabulary_names_file_and_line(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "vocabulary.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(VocabularyError) as caught:
        load_vocabulary(path)
    assert str(path) in str(caught.value) and says in str(caught.value)


def test_every_label_of_the_vocabulary_finds_its_own_entry() -> None:
    """A label that an earlier entry takes away would never be seen."""
    for requirement, labels in vocabulary().items():
        for label in labels:
            kinds = (None, "portal", "department", "district", "commune")
            assert any((m := match_label(label, site_kind=k)) and m.match == "exact" for k in kinds), (
                requirement,
                label,
            )
