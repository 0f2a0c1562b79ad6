"""Politeness, shared by all crawlers of the process: budgets per install, rate and number at once per address."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Meter:
    """When requests were sent to one install or address, and until when none may be."""

    sent: deque[float] = field(default_factory=deque)
    not_before: float = 0.0
    at_once: int = 0


class Pacer:
    """Says when the next request may go. Time is in seconds of `clock`; a delay of 0 switches all budgets off.

    An install is a host, a group of hosts that the registry names, or, once one of its hosts showed a flood page,
    everything at that address.
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

    def slow_down(self, install: str, delay: float) -> None:
        """Never less than `delay` seconds between requests from now on (Crawl-delay); it is never shortened."""
        self._delays[install] = max(delay, self._delays.get(install, 0.0))

    def pause(self, install: str, address: str, seconds: float) -> None:
        """No request for so long: the server said so."""
        meter = self._installs[self._key(install, address)]
        meter.not_before = max(meter.not_before, self.clock() + seconds)

    def flooded(self, install: str, address: str) -> None:
        """A flood page came: from now on all hosts of the address share one budget."""
        if address and address not in self._flooded:
            self._flooded.add(address)
            old, new = self._installs[install], self._installs[address]
            new.sent = deque(sorted([*new.sent, *old.sent]))
            new.not_before = max(new.not_before, old.not_before)

    def _key(self, install: str, address: str) -> str:
        return address if address in self._flooded else install

    def wait_for(self, install: str, address: str, delay: float) -> float:
        """Seconds until the next request may go; 0 where it may go now."""
        if delay <= 0:
            return 0.0
        now = self.clock()
        key = self._key(install, address)
        meter = self._installs[key]
        wait = meter.not_before - now
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
        for meter in (self._installs[self._key(install, address)], self._addresses[address]):
            meter.sent.append(now)
            while meter.sent and meter.sent[0] < now - keep - 1:
                meter.sent.popleft()
        self._addresses[address].at_once += 1

    def done(self, address: str) -> None:
        """A request that was sent has ended, well or not."""
        self._addresses[address].at_once -= 1

    async def acquire(self, install: str, address: str, delay: float) -> None:
        """Wait until a request may go, and count it as sent."""
        while (wait := self.wait_for(install, address, delay)) > 0:
            await asyncio.sleep(min(wait, 30.0))
        self.sent(install, address)
