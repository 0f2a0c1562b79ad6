"""Politeness, shared by all crawlers of the process: budgets per install, rate and number at once per address."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scrapy.settings import BaseSettings

SLOWEST = 60.0
"""Seconds: a server in trouble is asked at least this often, within the crawl's time."""


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
        shared.sent = deque(sorted(shared.sent))

    def _key(self, install: str, address: str) -> str:
        return address if address in self._flooded else install

    def wait_for(self, install: str, address: str, delay: float) -> float:
        """Seconds until the next request may go; 0 where it may go now."""
        now = self.clock()
        meter = self._installs[self._key(install, address)]
        wait = meter.not_before - now
        if delay <= 0:
            return max(wait, 0.0)
        wait = max(wait, meter.rest_until - now)
        if meter.sent:
            wait = max(wait, meter.sent[-1] + max(delay, self._delays.get(install, 0.0)) - now)
        for count, span in self.budgets:
            if len(meter.sent) >= count:
                wait = max(wait, meter.sent[-count] + span - now)
        server = self._addresses[address]
        if len(server.sent) >= self.address_rate:
            wait = max(wait, server.sent[-self.address_rate] + 1.0 - now)
        if server.at_once >= self.address_at_once:
            wait = max(wait, 0.05)
        return max(wait, 0.0)

    def sent(self, install: str, address: str) -> None:
        """A request goes now."""
        now = self.clock()
        keep = max((span for _, span in self.budgets), default=0.0)
        self._at[address].add(install)
        for meter in (self._installs[self._key(install, address)], self._addresses[address]):
            meter.sent.append(now)
            while meter.sent and meter.sent[0] < now - keep - 1:
                meter.sent.popleft()
        self._addresses[address].at_once += 1

    def done(self, install: str, address: str, *, took: float, trouble: bool, delay: float) -> None:
        """A request that was sent has ended after `took` seconds, well or in `trouble` (5xx, no answer).

        A server that needs long rests as long as it worked; one in trouble rests twice as long each time.
        """
        self._addresses[address].at_once -= 1
        meter = self._installs[self._key(install, address)]
        meter.troubles = meter.troubles + 1 if trouble else 0
        rest = took if not trouble else max(took, delay * 2 ** min(meter.troubles, 10))
        meter.rest_until = self.clock() + min(rest, SLOWEST)

    async def acquire(self, install: str, address: str, delay: float, stopped: Callable[[], bool]) -> None:
        """Wait until a request may go, and count it as sent. Raises Stopped once `stopped()` is true."""
        while True:
            if stopped():
                raise Stopped
            wait = self.wait_for(install, address, delay)
            if wait <= 0:
                break
            await asyncio.sleep(min(wait, 0.5))
        self.sent(install, address)


def pacer_of(settings: BaseSettings) -> Pacer:
    """A pacer as the settings want it."""
    return Pacer(
        budgets=settings.getlist("AUDIT_BUDGETS"),
        address_rate=settings.getint("AUDIT_ADDRESS_RATE"),
        address_at_once=settings.getint("AUDIT_ADDRESS_AT_ONCE"),
    )
