"""What a run prints: progress, the table of sites, lists; rich on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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


def number(value: float | None, pattern: str = "{:.1f}") -> str:
    """A figure as read in Vietnamese, "–" where there is none."""
    return "–" if value is None else pattern.format(value).replace(".", ",")


def table(out: Console, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; cells are text, never markup."""
    sheet = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        sheet.add_column(head, justify="left" if place < 2 else "right", overflow="fold")
    for row in rows:
        sheet.add_row(*(Text(cell) for cell in row))
    out.print(sheet)


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
    table(out, title, heads, rows)
    out.print(f"Lần quét: {night}", markup=False, soft_wrap=True)
    if index:
        out.print(f"Báo cáo: {index}", markup=False, soft_wrap=True)
