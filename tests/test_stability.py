"""The pages of a site in any order give the same facts, whatever of them comes twice."""

import random
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from crawler.facts import SiteFacts
from tests.accuracy.province import AS_OF, captures_of, facts_of
from tests.province.server import Province
from tests.test_pages import FOLDERS
from tests.test_pages import facts_of as facts_of_folder

SHUFFLES = 10


def test_ten_shuffles_of_a_crawl_give_equal_facts() -> None:
    province = Province(AS_OF)
    site = next(one for one in province.sites if one.id == "xa-phuoc-hoa")
    captures = captures_of(province, site)
    captures = [*captures[:1], *captures[-40:]]
    first = facts_of(province, site, captures)
    assert first.sections and first.entries and first.contacts
    for seed in range(SHUFFLES):
        shuffled = random.Random(seed).sample(captures, len(captures))
        assert facts_of(province, site, shuffled) == first


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_ten_shuffles_of_saved_pages_give_equal_facts(folder: Path) -> None:
    wanted = YAML(typ="safe", pure=True).load((folder / "expected.yml").read_text("utf-8"))

    def shuffled(seed: int) -> SiteFacts:
        names = list(wanted["pages"])
        random.Random(seed).shuffle(names)
        return facts_of_folder(folder, {**wanted, "pages": {name: wanted["pages"][name] for name in names}})

    first = facts_of_folder(folder, wanted)
    assert all(shuffled(seed) == first for seed in range(SHUFFLES))
