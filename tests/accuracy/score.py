"""A measured figure and its floor."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """`value` out of 1; `of`: how many things were counted; `wrong`: what was not right, a line each."""

    part: str
    measure: str
    value: float
    floor: float
    of: int
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.of > 0 and self.value >= self.floor


def share(part: str, measure: str, floor: float, right: int, of: int, wrong: Iterable[str] = ()) -> Score:
    return Score(part, measure, right / of if of else 0.0, floor, of, tuple(wrong))


def found_of(
    part: str, thing: str, floor: float, wanted: set[tuple[object, ...]], found: set[tuple[object, ...]]
) -> list[Score]:
    """Precision and recall of a set of facts."""
    right = len(wanted & found)
    extra = [f"invented: {one}" for one in sorted(found - wanted, key=repr)]
    missed = [f"missed: {one}" for one in sorted(wanted - found, key=repr)]
    return [
        share(part, f"{thing}, precision", floor, right, len(found), extra),
        share(part, f"{thing}, recall", floor, right, len(wanted), missed),
    ]
