"""All that is measured, by part. A part whose samples are not there raises Absent."""

from collections.abc import Callable, Mapping
from functools import partial

from tests import samples
from tests.accuracy import province, real_site, strings
from tests.accuracy.score import Score
from tests.province.server import Province


class Absent(Exception):
    """The samples are not on this machine; the message says where they were looked for."""


def _strings(name: str) -> list[Score]:
    try:
        return strings.PARTS[name](samples.load(name))
    except FileNotFoundError as error:
        raise Absent(f"no labelled strings at {error.filename}") from error


def _real_site() -> list[Score]:
    folder = samples.folder() / real_site.NAME
    if not folder.is_dir():
        raise Absent(f"no saved site at {folder}")
    return real_site.scores(folder)


def _province() -> list[Score]:
    return province.scores(Province(province.AS_OF))


PARTS: Mapping[str, Callable[[], list[Score]]] = {
    **{name: partial(_strings, name) for name in strings.PARTS},
    "province": _province,
    "real site": _real_site,
}
