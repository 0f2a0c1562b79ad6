"""The checks: one module each, found by name. A check says something that is true or false of a site's facts."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from crawler.facts import SiteFacts
from rules.model import Reason, Verdict


class Check(Protocol):
    """A generator of verdicts. Keyword-only arguments are its options; `reasons`: the values that each may carry."""

    __name__: str
    reasons: Mapping[Reason, tuple[str, ...]]

    def __hash__(self) -> int: ...

    def __call__(self, facts: SiteFacts, requirement: str, /, **options: Any) -> Iterator[Verdict]: ...


def _find() -> dict[str, Check]:
    found: dict[str, Check] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        loaded = import_module(f"{__name__}.{module.name}")
        function = getattr(loaded, module.name)
        function.reasons = loaded.REASONS
        found[module.name] = cast(Check, function)
    return found


CHECKS: Mapping[str, Check] = _find()
