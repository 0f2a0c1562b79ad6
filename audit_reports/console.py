"""What a run prints: progress, the table of sites, lists; rich on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from audit_reports.scorecard import Scorecard
from rules.model import Outcome

STATE_WORDS = {"complete": "đầy đủ", "partial": "một phần", "unreachable": "không truy cập được"}
ENDED = frozenset(STATE_WORDS)


def console(*, to_stderr: bool) -> Console:
    """A console for people; on standard error where standard output belongs to a JSON document."""
    stream = sys.stderr if to_stderr else sys.stdout
    return Console(file=stream, highlight=False, width=None if stream.isatty() else 140)


@contextmanager
def crawl_progress(out: Console, sites: int) -> Iterator[Callable[[str, int, str], None]]:
    """Yield a callback (site id, pages so far, state): a bar on a terminal, elsewhere a line a site that ended."""
    if not out.is_terminal:
        done: set[str] = set()

        def line(site: str, pages: int, state: str) -> None:
            if state in ENDED and site not in done:
                done.add(site)
                out.print(f"[{len(done)}/{sites}] {site}: {pages} trang, {STATE_WORDS[state]}", markup=False)

        yield line
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pages]} trang"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task("Quét các trang", total=sites, pages=0)
        pages_of: dict[str, int] = {}
        ended: set[str] = set()

        def bar(site: str, pages: int, state: str) -> None:
            pages_of[site] = pages
            if state in ENDED:
                ended.add(site)
            progress.update(task, completed=len(ended), pages=sum(pages_of.values()))

        yield bar


def print_wait(out: Console, sites: int, seconds: float, outage: bool) -> None:
    """Say that sites are tried again, and that the fault may be ours."""
    when = f"sau {seconds:.0f} giây" if seconds else "ngay"
    if outage:
        out.print(
            f"Hầu như không trang nào trả lời: có thể mất mạng ở chính máy này. Thử lại {when} ({sites} site).",
            markup=False,
            soft_wrap=True,
        )
    else:
        out.print(f"Thử lại {when} {sites} site chưa vào được hoặc quá ít trang.", markup=False)


def number(value: float | None, pattern: str = "{:.1f}") -> str:
    """A figure as read in Vietnamese, "–" where there is none."""
    return "–" if value is None else pattern.format(value).replace(".", ",")


NARROWEST = 8
"""Columns narrower than this are left so when a table is made to fit."""


def table(
    out: Console, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, figures_from: int | None = None
) -> None:
    """Print a table; cells are text, never markup. `figures_from`: the first of the columns that hold figures."""
    sheet = Table(title=title, title_justify="left")
    widths = column_widths([heads, *rows], out.width - 3 * len(heads) - 1)
    for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
        figures = figures_from is not None and place >= figures_from
        sheet.add_column(head, justify="right" if figures else "left", overflow="fold", width=width)
    for row in rows:
        sheet.add_row(*(Text(cell) for cell in row))
    out.print(sheet)


def column_widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Width of each column: its longest word, then what is left from left to right. Words are broken only where not
    even they fit, those of the widest columns first.

    >>> column_widths([["Trang", "Chưa đạt"], ["so-y-te", "5"]], 13)
    [7, 6]
    >>> column_widths([["Mã", "Địa chỉ"], ["so-y-te", "https://soyte.songthao.test/"]], 20)
    [7, 13]
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(cell_len(word) for cell in column for word in (cell.split() or [""])) for column in columns]
    while sum(widths) > room and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    for place, column in enumerate(columns):
        widths[place] += max(0, min(max(map(cell_len, column)) - widths[place], room - sum(widths)))
    return widths


def print_cards(out: Console, title: str, cards: Sequence[Scorecard], night: str, index: Path | None) -> None:
    """Print the table of sites, the night's id and, where one was made, the report's path."""
    heads = (
        "Trang",
        "Tình trạng quét",
        "Số trang",
        "Điểm",
        "Xếp loại",
        "Độ phủ",
        "Chưa đạt",
        "Chưa xác định",
    )
    rows = [
        (
            card.site.id,
            STATE_WORDS[card.crawl.state],
            str(card.crawl.pages),
            number(card.score),
            card.grade or "–",
            number(card.coverage, "{:.0%}"),
            str(card.counts[Outcome.FAILED]),
            str(card.counts[Outcome.CANT_TELL]),
        )
        for card in cards
    ]
    table(out, title, heads, rows, figures_from=2)
    out.print(f"Lần quét: {night}", markup=False, soft_wrap=True)
    if index:
        out.print(f"Báo cáo: {index}", markup=False, soft_wrap=True)
