"""No figure of `make accuracy` is below its floor."""

import pytest

from tests.accuracy.table import PARTS, Absent


@pytest.mark.parametrize("part", PARTS)
def test_it_holds_its_floors(part: str) -> None:
    try:
        scores = PARTS[part]()
    except Absent as absent:
        pytest.skip(str(absent))
    assert scores
    below = [score for score in scores if not score.holds]
    assert not below, "\n".join(
        f"{one.measure}: {one.value:.4f} < {one.floor}: {'; '.join(one.wrong)}" for one in below
    )
