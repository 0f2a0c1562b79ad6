"""Politeness, shared by all crawlers of the process: budgets per install, rate and number at once per address."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scrapy.settings import BaseSettings

SLOWEST = 60.0
"""Seconds: a server in trouble is asked at least this often, within the crawl's time."""


MARGIN = 0.05
"""Of a span, at most a second: on their way requests come nearer to each other than they were sent."""
POLL = 0.1
"""Seconds after which one asks again who may go, but is not the one that has waited longest."""


class Stopped(Exception):
    """The wait for a turn was called off."""


@dataclass
class Meter:
    """When requests were sent to one install or address, and until when none may be. Seconds of the pacer's clock."""

    sent: deque[float] = field(default_factory=deque)
    not_before: float = 0.0
    rest_until: float = 0.0
    at_once: int = 0
    troubles: int = 0
    waiting: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Who waits for a turn here → (since when, until when that holds: it asks again before)."""

    def is_first(self, who: str, now: float) -> bool:
        """Queue up; whether nobody has waited longer."""
        since = self.waiting[who][0] if who in self.waiting else now
        self.queue(who, now, POLL)
        return all((since, who) <= (other[0], name) for name, other in self.waiting.items() if other[1] >= now)

    def queue(self, who: str, now: float, wait: float) -> None:
        since = self.waiting[who][0] if who in self.waiting else now
        self.waiting[who] = since, now + wait + 1.0


class Pacer:
    """Says when the next request may go. Time is in seconds of `clock`.

    An install is a host, a group of hosts that the registry names, or, once one of its hosts showed a flood page,
    everything at that address. A delay of 0 switches budgets, rates and rests off; what a server asked for holds.
    """

    def __init__(
        self,
        *,
        budgets: Sequence[tuple[int, float]] = ((40, 60.0), (150, 300.0)),
        address_rate: int = 2,
        address_at_once: int = 4,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.budgets = tuple(budgets)
        self.address_rate = address_rate
        self.address_at_once = address_at_once
        self.clock = clock
        self._installs: dict[str, Meter] = defaultdict(Meter)
        self._addresses: dict[str, Meter] = defaultdict(Meter)
        self._delays: dict[str, float] = {}
        self._flooded: set[str] = set()
        self._at: dict[str, set[str]] = defaultdict(set)

    def slow_down(self, install: str, delay: float) -> None:
        """Never less than `delay` seconds between requests from now on (Crawl-delay); it is never shortened."""
        self._delays[install] = max(delay, self._delays.get(install, 0.0))

    def pause(self, install: str, address: str, seconds: float) -> None:
        """No request for so long: the server said so."""
        meter = self._installs[self._key(install, address)]
        meter.not_before = max(meter.not_before, self.clock() + seconds)

    def flooded(self, install: str, address: str) -> None:
        """A flood page came: from now on all hosts of the address share one budget, with what they have used of it."""
        if not address or address in self._flooded:
            return
        self._flooded.add(address)
        shared = self._installs[address]
        for name in {install, *self._at[address]} - {address}:
            own = self._installs[name]
            shared.sent.extend(own.sent)
            shared.not_before = max(shared.not_before, own.not_before)
            shared.rest_until = max(shared.rest_until, own.rest_until)
            shared.troubles = max(shared.troubles, own.troubles)
        shared.sent = deque(sorted(shared.sent))

    def _key(self, install: str, address: str) -> str:
        return address if address in self._flooded else install

    def wait_for(self, install: str, address: str, delay: float, who: str = "") -> float:
        """Seconds until the next request of `who` may go; 0 where it may go now. Of several that wait for the same
        install or address the one goes first that has waited longest: none starves."""
        now, who = self.clock(), who or install
        meter, server = self._installs[self._key(install, address)], self._addresses[address]
        if delay <= 0:
            return max(meter.not_before - now, 0.0)
        if (wait := self._wait_of_install(meter, install, delay, now)) > 0:
            meter.queue(who, now, wait)
            return wait
        if not meter.is_first(who, now):
            return POLL
        wait = 0.0
        if len(server.sent) >= self.address_rate:
            wait = server.sent[-self.address_rate] + 1.0 + MARGIN - now
        if server.at_once >= self.address_at_once:
            wait = max(wait, 0.05)
        if wait > 0:
            server.queue(who, now, wait)
            return wait
        return 0.0 if server.is_first(who, now) else POLL

    def _wait_of_install(self, meter: Meter, install: str, delay: float, now: float) -> float:
        wait = meter.not_before - now
        wait = max(wait, meter.rest_until - now)
        if meter.sent:
            wait = max(wait, meter.sent[-1] + max(delay, self._delays.get(install, 0.0)) - now)
        for count, span in self.budgets:
            if len(meter.sent) >= count:
                wait = max(wait, meter.sent[-count] + span + min(MARGIN * span, 1.0) - now)
        return wait

    def sent(self, install: str, address: str, who: str = "") -> None:
        """A request goes now."""
        now = self.clock()
        keep = max((span for _, span in self.budgets), default=0.0)
        self._at[address].add(install)
        for meter in (self._installs[self._key(install, address)], self._addresses[address]):
            meter.waiting.pop(who or install, None)
            meter.sent.append(now)
            while meter.sent and meter.sent[0] < now - keep - 2:
                meter.sent.popleft()
        self._addresses[address].at_once += 1

    def done(self, install: str, address: str, *, took: float, trouble: bool, delay: float) -> None:
        """A request that was sent has ended after `took` seconds, well or in `trouble` (5xx, 429, no answer).

        A server that needs long rests as long as it worked; one in trouble rests twice as long each time, and with
        each good answer the count of its troubles is halved.
        """
        self._addresses[address].at_once -= 1
        meter = self._installs[self._key(install, address)]
        meter.troubles = meter.troubles + 1 if trouble else meter.troubles // 2
        rest = max(took, delay * 2 ** min(meter.troubles, 10)) if meter.troubles else took
        meter.rest_until = self.clock() + min(rest, SLOWEST)

    async def acquire(
        self, install: str, address: str, delay: float, stopped: Callable[[], bool], who: str = ""
    ) -> None:
        """Wait until a request may go, and count it as sent. `who`: which of several that share an install.

        Raises Stopped once `stopped()` is true.
        """
        while True:
            if stopped():
                raise Stopped
            wait = self.wait_for(install, address, delay, who)
            if wait <= 0:
                break
            await asyncio.sleep(min(wait, 0.5))
        self.sent(install, address, who)


def pacer_of(settings: BaseSettings) -> Pacer:
    """A pacer as the settings want it."""
    return Pacer(
        budgets=settings.getlist("AUDIT_BUDGETS"),
        address_rate=settings.getint("AUDIT_ADDRESS_RATE"),
        address_at_once=settings.getint("AUDIT_ADDRESS_AT_ONCE"),
    )
