"""What all commands share: options, the data they open, one clear message and an exit code for what goes wrong."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import SQLAlchemyError

from crawler.extract.strings import StringsError
from crawler.plan import DelayRefused
from crawler.registry import RegistryError
from db.lock import DirectoryHeld, DirectoryUnusable
from db.models import Night
from db.store import Store, StoreError, UnknownDatabase, open_store
from rules.loader import CatalogError

DATA = Path("var")

RegistryFile = Annotated[Path, typer.Option("--registry", help="Tệp danh bạ các trang của tỉnh (YAML).")]
SiteIds = Annotated[list[str] | None, typer.Option("--site", help="Chỉ trang có mã này; dùng được nhiều lần.")]
ProfileName = Annotated[str | None, typer.Option("--profile", help="Bộ quy định áp dụng; mặc định theo danh bạ.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Ngày đánh giá; mặc định ngày quét.")]
DataDir = Annotated[Path, typer.Option("--data", help="Thư mục dữ liệu: cơ sở dữ liệu, bằng chứng, báo cáo.")]
DbUrl = Annotated[str | None, typer.Option("--db", help="Cơ sở dữ liệu khác, ví dụ postgresql+psycopg://…")]
MaxPages = Annotated[
    int | None,
    typer.Option("--max-pages", min=1, help="Số trang nhiều nhất mỗi site (3.000; cổng tỉnh 20.000)."),
]
Delay = Annotated[
    float | None,
    typer.Option("--delay", min=0, help="Giây giữa hai yêu cầu; 0 chỉ dùng cho địa chỉ nội bộ của máy này."),
]
Unverified = Annotated[bool, typer.Option("--include-unverified", help="Quét cả địa chỉ mới chỉ là phỏng đoán.")]
Full = Annotated[bool, typer.Option("--full", help="Tải lại mọi trang, kể cả trang đã biết từ các đêm trước.")]
NightId = Annotated[str | None, typer.Option("--night", help="Mã lần quét; mặc định lần mới nhất.")]
AsJson = Annotated[bool, typer.Option("--json", help="In đúng một tài liệu JSON ra đầu ra chuẩn.")]


class Failure(Exception):
    """The run can't go on: one message for the person, one exit code of the contract."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def failures() -> Iterator[None]:
    """Turn what can go wrong into one clear message and an exit code: 2 for what the user gave, 1 for what we lack.

    SIGTERM ends the block as SIGINT does, wherever it stands; while sites are crawled, the fleet takes both.
    """
    try:
        with _terminated_as_interrupted():
            yield
    except KeyboardInterrupt:
        stop("đã dừng theo yêu cầu; chạy lại đúng lệnh này thì được làm tiếp", 1)
    except Failure as error:
        stop(str(error), error.code)
    except (RegistryError, CatalogError) as error:
        stop("\n".join(error.problems), 2)
    except (StringsError, DelayRefused, UnknownDatabase) as error:
        stop(str(error), 2)
    except (StoreError, DirectoryHeld, DirectoryUnusable) as error:
        stop(str(error), 1)
    except SQLAlchemyError as error:
        stop(f"cơ sở dữ liệu không dùng được nữa: {str(error).splitlines()[0]}", 1)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        stop(f"không đọc hoặc ghi được{where}: {error.strerror or error}", 1)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def stop(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def now() -> datetime:
    """The only place that reads the clock; everything else is handed the time."""
    return datetime.now(UTC)


def parse_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Failure(f"--as-of {text}: không phải ngày hợp lệ; cần dạng YYYY-MM-DD, ví dụ 2024-06-30", 2) from error


def open_data(data: Path, db: str | None, *, create: bool = True) -> Store:
    return open_store(db or f"sqlite:///{data / 'audit.db'}", create=create)


def stored_night(store: Store, night_id: str | None) -> Night:
    night = store.night(night_id)
    if night is None:
        raise Failure(
            f"không có lần quét {night_id}" if night_id else "chưa có lần quét nào đã xong",
            2 if night_id else 1,
        )
    return night
