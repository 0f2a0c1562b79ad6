"""The extractors over the labelled strings of samples/: what is right is said in samples/README.md."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from crawler.extract.dates import publication_date
from crawler.extract.labels import match_label
from crawler.extract.phones import ParsedNumber, area_codes_of, find_numbers
from tests.accuracy.score import Score, share
from tests.samples import several

Item = Mapping[str, Any]


def phones(items: Iterable[Item]) -> list[Score]:
    right = extra = missed = classes = 0
    wrong, classed = [], []
    for item in items:
        rest = find_numbers(item["text"], area_codes=area_codes_of(item.get("province") or ""))
        for wanted in item["expect"]:
            hit = _best(rest, wanted)
            if hit is None:
                missed += 1
                wrong.append(f"{item['id']} missed {wanted['kind']} {wanted['value'] or wanted['as_written']}")
                continue
            rest.remove(hit)
            right += 1
            if hit.number_class in {wanted["number_class"]} | several(wanted.get("class_also")):
                classes += 1
            else:
                classed.append(f"{item['id']} {hit.text}: {hit.number_class}, not {wanted['number_class']}")
        extra += len(rest)
        wrong += [f"{item['id']} invented {one.kind} {one.text}" for one in rest]
    of = 2 * right + extra + missed
    return [
        share("phones", "F1 of (value, kind)", 0.98, 2 * right, of, wrong),
        share("phones", "class of number", 0.98, classes, right, classed),
    ]


def _best(found: list[ParsedNumber], wanted: Item) -> ParsedNumber | None:
    """The number found that has a right kind and value; one of the right class first."""
    kinds = {wanted["kind"]} | several(wanted.get("kind_also"))
    values = {wanted["value"], wanted.get("now")}
    any_value = wanted["number_class"] == "placeholder"
    fitting = [one for one in found if one.kind in kinds and (any_value or one.value in values)]
    return min(fitting, key=lambda one: one.number_class != wanted["number_class"], default=None)


def dates(items: Iterable[Item]) -> list[Score]:
    count = honest = 0
    wrong, invented = [], []
    for item in items:
        count += 1
        visit = date.fromisoformat(item["as_of"]) if item.get("as_of") else None
        found = publication_date(item["text"], as_of=visit)
        got = found.day.isoformat() if found else None
        if got != item["expect"]:
            wrong.append(f"{item['id']}: {got}, not {item['expect']}")
        honest += item["expect"] is None
        if item["expect"] is None and got is not None:
            invented.append(f"{item['id']}: {got}")
    return [
        share("dates", "right day or none", 0.98, count - len(wrong), count, wrong),
        share("dates", "none invented", 1.0, honest - len(invented), honest, invented),
    ]


def labels(items: Iterable[Item]) -> list[Score]:
    right = expected = found_any = 0
    extra, missed = [], []
    for item in items:
        source = "file" if item["element"] == "image" and "." in item["label"] else "text"
        found = match_label(item["label"], href=item.get("href"), site_kind=item.get("site_kind"), source=source)
        wanted = {item["expect"]} | several(item.get("also")) if item["expect"] else set()
        hit = found is not None and found.requirement in wanted
        right += hit
        found_any += found is not None
        expected += bool(wanted)
        if found is not None and not hit:
            extra.append(f"{item['id']} {item['label']!r}: {found.requirement}, not {item['expect']}")
        if wanted and not hit:
            missed.append(f"{item['id']} {item['label']!r}: {item['expect']}")
    return [
        share("labels", "precision", 0.98, right, found_any, extra),
        share("labels", "recall", 0.93, right, expected, missed),
    ]


PARTS = {"phones": phones, "dates": dates, "labels": labels}
"""Name of a file in samples/ → its scores."""
