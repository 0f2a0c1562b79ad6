"""Telephone numbers and e-mail addresses as government sites write them, and digits that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.emails import find_emails, is_sample
from crawler.extract.phones import area_codes_of, classify_number, find_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Điện thoại: (0271) 3.888.012 - Fax: 0271.3888.013",
         [("phone", "+842713888012", "fixed"), ("fax", "+842713888013", "fixed")]),
        ("ĐT: 02713.879.193 - 888.891", [("phone", "+842713879193", "fixed"), ("phone", "+842713888891", "fixed")]),
        ("(0271) 3.879.193 - 3.888.891", [("phone", "+842713879193", "fixed"), ("phone", "+842713888891", "fixed")]),
        ("0271.3879.123 – 124", [("phone", "+842713879123", "fixed"), ("phone", "+842713879124", "fixed")]),
        ("Điện thoại :02713879193/02713888891",
         [("phone", "+842713879193", "fixed"), ("phone", "+842713888891", "fixed")]),
        ("Tổng đài 1022 (gọi từ di động: 0271.1022)", [("phone", None, "switchboard"), ("phone", None, "switchboard")]),
        ("Hotline: 1900.888.866 – 096.985.1616", [("hotline", None, "premium"), ("hotline", "+84969851616", "mobile")]),
        ("Điện thoại: (0651) 3.888.012", [("phone", None, "outdated_area_code")]),
        ("Tel: (84.8) 54 155 555", [("phone", None, "outdated_area_code")]),
        ("Đường dây nóng: 0168 388 8012", [("hotline", None, "outdated_mobile")]),
        ("Điện thoại: 0271.388.012", [("phone", None, "malformed")]),
        ("(028) 38.000.000[+842838000000]", [("phone", "+842838000000", "placeholder")]),
        ("Công an: 113; Cứu hỏa: 114", [("phone", None, "emergency"), ("phone", None, "emergency")]),
        ("Điện thoại: 024 7300 8899 - máy lẻ 4500", [("phone", "+842473008899", "fixed")]),
        ("Tel: +84 (0)271 3888 012", [("phone", "+842713888012", "fixed")]),
    ],
)  # fmt: skip
def test_numbers_are_found_with_kind_and_class(text: str, numbers: list[tuple[str, str | None, str]]) -> None:
    found = find_numbers(text, area_codes=("271",))
    assert [(one.kind, one.value, one.number_class) for one in found] == numbers


@pytest.mark.parametrize(
    "text",
    [
        "Giấy phép số 612/GP-STTTT cấp ngày 21 tháng 10 năm 2016",
        "Mã số thuế: 3800100118",
        "Số tài khoản: 3713.0.1054321.00000",
        "Tổng truy cập: 3557914",
        "Thứ hai - 24/10/2022 10:04 306 0",
        "Quyết định số 1022/QĐ-UBND ngày 11/5/2026",
        "Kết luận thanh tra số 113/KL-TTr",
        "Tầng 9, tòa nhà 115 Trần Duy Hưng",
        "Điện thoại: đang cập nhật",
    ],
)
def test_ordinary_digits_are_no_numbers(text: str) -> None:
    assert find_numbers(text, area_codes=("271",)) == []


def test_an_old_area_code_that_looks_like_a_mobile_prefix_is_told_by_the_province() -> None:
    assert classify_number("052 3822 222", area_codes=("232",)) == (None, "outdated_area_code")
    assert classify_number("052 3822 222", area_codes=("271",)) == ("+84523822222", "mobile")


def test_area_codes_of_provinces_before_and_after_2025() -> None:
    assert area_codes_of("Bình Phước") == ("271",)
    assert area_codes_of("tỉnh Đồng Nai") == ("251", "271")
    assert area_codes_of("TP. Hồ Chí Minh")[0] == "28"
    assert area_codes_of("Atlantis") == ()


def test_addresses_are_found_plain_and_hidden() -> None:
    text = "E-mail: STTTT@binhphuoc.gov.vn; vanphong.sxd [at] dongnai.gov.vn, bbt@mysite.com"
    assert find_emails(text) == ["stttt@binhphuoc.gov.vn", "vanphong.sxd@dongnai.gov.vn", "bbt@mysite.com"]
    assert [is_sample(one) for one in find_emails(text)] == [False, False, True]


@given(st.text(alphabet=st.sampled_from("0123456789 ()+-./[]xĐTFax:hotline\n"), max_size=200))
def test_any_digits_are_taken(text: str) -> None:
    for number in find_numbers(text):
        assert text.replace("\u00a0", " ")[number.start :].startswith(number.text.split()[0][:1])


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    find_numbers(text)
    find_emails(text)


def test_a_long_line_of_digits_takes_no_long_time() -> None:
    assert isinstance(find_numbers("0271 3 " * 200_000), list)
