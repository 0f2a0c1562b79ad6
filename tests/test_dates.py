"""Dates as Vietnamese government sites write them, and what is no publication date."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.dates import find_dates, parse_attribute, publication_date, today_in_vietnam

VISIT = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Thứ tư - 11/11/2026 09:46", "2026-11-11"),
        ("Ngày đăng: 06/01/2021 - Lượt xem: 99", "2021-01-06"),
        ("10:8, Thứ Tư, 3-4-2024", "2024-04-03"),
        ("Ngày cập nhật: 21:10, Thứ Năm, 16-11-2023", "2023-11-16"),
        ("28/07/2020 | 02:20 PM", "2020-07-28"),
        ("Được đăng: 11 Tháng 11 2026", "2026-11-11"),
        ("13 Tháng Tư, 2024", "2024-04-13"),
        ("13 Tháng Mười Hai, 2024", "2024-12-13"),
        ("(23/08/2022)", "2022-08-23"),
        ("Cập nhật: 2 ngày trước", "2026-11-20"),
        ("Hôm qua, 15:20", "2026-11-21"),
        ("Ngày đăng: 20/11/26", "2026-11-20"),
        ("Ngày đăng: 18/11/2026 (đã sửa: 20/11/2026)", "2026-11-18"),
        ("2026-11-11 08:00", "2026-11-11"),
        ("Ngày đăng\n05/04/2024", "2024-04-05"),
    ],
)
def test_a_publication_date_is_read(text: str, day: str) -> None:
    found = publication_date(text, as_of=VISIT)
    assert found is not None and found.day.isoformat() == day


@pytest.mark.parametrize(
    "text",
    [
        "19:42 ICT Thứ hai, 05/06/2023",
        "Thursday, 18/07/2024",
        "Hôm nay ngày: 12/12/2017. Chào mừng quý khách",
        "Ngày đăng: 31/02/2026",
        "Ngày đăng: 16/72/2020",
        "Ngày đăng: 01/01/1970",
        "Quyết định số 5/QĐ-UBND ngày 3/4/2024 của UBND tỉnh",
        "Ngày ban hành: 03/04/2024",
        "Ngày 27/10/2016, Ban Quản lý đã đưa đoàn đi khảo sát",
        "Từ 01/09/2017 - Đến 31/12/2017",
        "Lượt đã truy cập: 369,781,761",
        "Chiều ngày 29/7, tổ giúp việc đã họp",
        "Đăng 1 năm trước",
        "THỨ BẢY, NGÀY 25/3/2023\nChủ tịch: 7 giờ 30 phút, họp",
    ],
)
def test_what_is_no_publication_date_gives_none(text: str) -> None:
    assert publication_date(text, as_of=VISIT) is None


def test_a_date_keeps_its_text_and_its_role() -> None:
    [found] = find_dates("Ngày ban hành: 03/04/2024")
    assert (found.text, found.role, found.day) == ("03/04/2024", "document", date(2024, 4, 3))


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-11T09:46:00+07:00", "2026-11-11"),
        ("2026-11-10T18:30:00Z", "2026-11-11"),
        ("2026-11-11", "2026-11-11"),
        ("2026-11-11+0709:46:00", None),
        ("Tue, 10 Nov 2026 18:30:00 GMT", "2026-11-11"),
        ("", None),
        ("0001-01-01T00:00:00", None),
    ],
)
def test_attributes_are_read_strictly(value: str, day: str | None) -> None:
    found = parse_attribute(value)
    assert (found.isoformat() if found else None) == day


def test_the_day_is_vietnams() -> None:
    assert today_in_vietnam(datetime(2026, 11, 21, 18, 0, tzinfo=UTC)) == VISIT


@given(st.text(max_size=400))
def test_any_text_is_taken(text: str) -> None:
    for found in find_dates(text, as_of=VISIT):
        assert 1900 <= found.day.year <= 2100
