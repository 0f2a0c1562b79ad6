"""Small inline SVG pictures; only figures go in, so the same figures always give the same bytes."""

from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup

MONTHS = 13
WIDTH, HEIGHT, FOOT, HEAD = 520, 150, 22, 16


def score_bar(score: float | None, grades: Sequence[tuple[str, float]]) -> Markup:
    """A bar from 0 to 100 with a mark where each grade begins. The words beside it say the same."""
    marks = "".join(
        f'<line class="mark" x1="{least * 3:g}" x2="{least * 3:g}" y1="0" y2="18"/>'
        f'<text class="tick" x="{least * 3 + 3:g}" y="30">{Markup.escape(name)}</text>'
        for name, least in grades
    )
    bar = "" if score is None else f'<rect class="bar" width="{score * 3:g}" height="18" rx="2"/>'
    return Markup(
        '<svg class="score-bar" viewBox="0 0 300 34" aria-hidden="true" focusable="false">'
        f'<rect class="track" width="300" height="18" rx="2"/>{bar}{marks}</svg>'
    )


def months_before(as_of: date, number: int = MONTHS) -> list[tuple[int, int]]:
    """(year, month) of the month of `as_of` and those before it, the oldest first.

    >>> months_before(date(2026, 2, 9), 3)
    [(2025, 12), (2026, 1), (2026, 2)]
    """
    last = as_of.year * 12 + as_of.month - 1
    return [divmod_month(place) for place in range(last - number + 1, last + 1)]


def divmod_month(place: int) -> tuple[int, int]:
    return place // 12, place % 12 + 1


def month_columns(counts: Mapping[tuple[int, int], int], months: Sequence[tuple[int, int]]) -> Markup:
    """A column a month; `counts` holds every month of `months`. The table beside it says the same."""
    most = max([counts[month] for month in months] + [1])
    step = WIDTH / len(months)
    drawn = []
    for place, month in enumerate(months):
        tall = round(counts[month] / most * (HEIGHT - FOOT - HEAD), 1)
        left, top = round(place * step + 4, 1), round(HEIGHT - FOOT - tall, 1)
        middle = round(place * step + step / 2, 1)
        drawn.append(
            f'<rect class="bar" x="{left:g}" y="{top:g}" width="{round(step - 8, 1):g}" height="{tall:g}"/>'
            f'<text class="tick middle" x="{middle:g}" y="{top - 4:g}">{counts[month]}</text>'
            f'<text class="tick middle" x="{middle:g}" y="{HEIGHT - 7}">{month[1]}/{month[0] % 100:02d}</text>'
        )
    return Markup(
        f'<svg class="months" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">'
        f'<line class="axis" x1="0" x2="{WIDTH}" y1="{HEIGHT - FOOT}" y2="{HEIGHT - FOOT}"/>{"".join(drawn)}</svg>'
    )
