"""Politeness as a property of the pacer: at the real figures, on a clock of our own, for thousands of seconds."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from crawler.pace import SLOWEST, Pacer


@dataclass
class World:
    """Crawlers that ask as fast as the pacer lets them. `took` and `trouble` say how their servers answer."""

    now: float = 0.0
    took: Callable[[str, float], float] = lambda install, now: 0.05
    trouble: Callable[[str, float], bool] = lambda install, now: False
    sent: list[tuple[float, str, str]] = field(default_factory=list)  # (second, install, address)
    at_once: dict[str, int] = field(default_factory=dict)
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.pacer = Pacer(clock=lambda: self.now)

    def run(self, crawlers: list[tuple[str, str, float]], until: float) -> None:
        """`crawlers`: (install, address, delay)."""
        events = [(self.now, number, "ask", 0.0) for number in range(len(crawlers))]
        while events:
            self.now, number, what, began = heapq.heappop(events)
            install, address, delay = crawlers[number]
            if self.now >= until:
                return
            if what == "end":
                self.at_once[address] -= 1
                trouble = self.trouble(install, self.now)
                self.pacer.done(install, address, took=self.now - began, trouble=trouble, delay=delay)
            wait = self.pacer.wait_for(install, address, delay, str(number))
            if wait > 0:
                heapq.heappush(events, (self.now + max(wait, 1e-6), number, "ask", 0.0))
                continue
            self.pacer.sent(install, address, str(number))
            self.sent.append((self.now, install, address))
            self.at_once[address] = self.at_once.get(address, 0) + 1
            self.most_at_once = max(self.most_at_once, self.at_once[address])
            heapq.heappush(events, (self.now + self.took(install, self.now), number, "end", self.now))

    def times(self, name: str) -> list[float]:
        return [at for at, *names in self.sent if name in names]


def most_in(times: list[float], span: float) -> int:
    """The most of them that lie within any span of so many seconds, both ends counted."""
    times, first, most = sorted(times), 0, 0
    for place, at in enumerate(times):
        while at - times[first] > span:
            first += 1
        most = max(most, place - first + 1)
    return most


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]


@pytest.mark.parametrize("delay", [0.01, 0.5, 1.4, 2.0])
def test_an_install_is_asked_40_times_in_60_seconds_and_150_in_300_at_most(delay: float) -> None:
    world = World()
    world.run([("a", "1.1.1.1", delay)], 3000)
    times = world.times("a")
    assert most_in(times, 60) <= 40 and most_in(times, 300) <= 150
    assert len(times) >= 0.97 * min(3000 / delay, 1500)  # and it is not slower than it need be


def test_the_hosts_of_an_install_share_its_budget() -> None:
    world = World()
    world.run([("a", f"1.1.1.{number}", 0.1) for number in range(3)], 1200)
    assert most_in(world.times("a"), 60) <= 40 and most_in(world.times("a"), 300) <= 150


def test_after_a_flood_page_all_hosts_of_the_address_share_one_budget_with_what_they_used_of_it() -> None:
    world = World()
    crawlers = [(name, "1.1.1.1", 0.5) for name in "abc"] + [("d", "2.2.2.2", 0.5)]
    world.run(crawlers, 40)
    before = len(world.times("1.1.1.1"))
    assert before > 60
    world.pacer.flooded("a", "1.1.1.1")
    world.run(crawlers, 1500)
    after = [at for at in world.times("1.1.1.1") if at >= 40]
    assert most_in(after, 60) <= 40 and most_in(after, 300) <= 150 and after[0] > 60
    assert {install for at, install, _ in world.sent if at > 1000} == set("abcd")  # each still has its turn
    assert most_in(world.times("2.2.2.2"), 300) == 150


def test_an_address_gets_two_requests_a_second_and_four_at_once_across_crawlers() -> None:
    chance = random.Random(1)
    world = World(took=lambda install, now: chance.uniform(0.01, 6.0))
    world.run([(f"site-{number}", "1.1.1.1", 2.0) for number in range(40)], 1200)
    assert most_in(world.times("1.1.1.1"), 1.0) <= 2 and world.most_at_once == 4
    counts = [len(world.times(f"site-{number}")) for number in range(40)]
    assert min(counts) > 0.5 * sum(counts) / len(counts)  # none starves


def test_crawl_delay_and_retry_after_are_kept() -> None:
    world = World()
    world.pacer.slow_down("a", 7.0)
    world.pacer.slow_down("a", 3.0)  # a second robots.txt does not shorten it
    world.run([("a", "1.1.1.1", 2.0)], 100)
    assert min(gaps(world.times("a"))) >= 7.0
    world.pacer.pause("a", "1.1.1.1", 120.0)
    world.pacer.pause("a", "1.1.1.1", 5.0)
    world.run([("a", "1.1.1.1", 2.0), ("b", "1.1.1.1", 2.0)], 300)
    assert not [at for at in world.times("a") if 100 <= at < 220] and [at for at in world.times("a") if at < 230]
    assert [at for at in world.times("b") if 100 <= at < 220]  # whom it does not concern
    assert world.pacer.wait_for("a", "1.1.1.1", 0.0) == 0.0
    world.pacer.pause("a", "1.1.1.1", 9.0)
    assert world.pacer.wait_for("a", "1.1.1.1", 0.0) == pytest.approx(9.0)  # what a server asks for holds always


def test_a_server_that_slows_down_is_asked_less_and_more_again_when_it_has_recovered() -> None:
    world = World(took=lambda install, now: 5.0 if 200 <= now < 400 else 0.05)
    world.run([("a", "1.1.1.1", 2.0)], 600)
    times = world.times("a")
    assert gaps([at for at in times if 20 < at < 180]) == pytest.approx([2.0] * 78, abs=0.1)
    assert min(gaps([at for at in times if 210 < at < 390])) >= 10.0  # it rests as long as it worked
    assert gaps([at for at in times if at > 420])[:5] == pytest.approx([2.0] * 5, abs=0.1)


def test_a_server_in_trouble_rests_longer_each_time_and_recovers_step_by_step() -> None:
    world = World(trouble=lambda install, now: now < 100)
    world.run([("a", "1.1.1.1", 2.0)], 1000)
    early = gaps([at for at in world.times("a") if at < 100])
    assert early[:4] == pytest.approx([4.05, 8.05, 16.05, 32.05]) and max(gaps(world.times("a"))) <= SLOWEST + 0.1
    late = gaps([at for at in world.times("a") if at > 120])
    assert late[0] > late[1] > 2.1 and late[-1] == pytest.approx(2.0, abs=0.1)


def test_a_delay_of_zero_switches_everything_off_but_what_the_server_asks_for() -> None:
    world = World(took=lambda install, now: 0.001)
    world.run([("a", "127.0.0.1", 0.0)], 1)
    assert len(world.times("a")) > 900
