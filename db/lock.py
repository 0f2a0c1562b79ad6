"""One run at a time per data directory: an advisory lock that dies with its process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DirectoryHeld(Exception):
    """Another run holds the directory; the message says which process, as far as it told."""


class DirectoryUnusable(Exception):
    """The directory can't be made or written."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Make `folder` where needed and hold it while the block runs."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise DirectoryUnusable(f"không ghi được vào thư mục dữ liệu {folder}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            who = f" ({holder})" if holder else ""
            raise DirectoryHeld(f"thư mục dữ liệu {folder} đang do một lần chạy khác giữ{who}") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"tiến trình {os.getpid()}".encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)
