"""run_audit.py behind a resolver of the test's own: `python rebinding.py '{"name": ["1.2.3.4", "127.0.0.1"]}' crawl …`.

A name's answers come in turn, the last one for ever; other names and addresses go to the system's resolver.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from scrapy.utils.reactor import install_reactor
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

import crawler.settings
import run_audit


@implementer(IHostnameResolver)
class Changing:
    def __init__(self, original: Any, answers: dict[str, list[str]]) -> None:
        self.original, self.answers = original, answers
        self.asked: Counter[str] = Counter()

    def resolveHostName(self, resolutionReceiver: Any, hostName: str, portNumber: int = 0, *rest: Any) -> Any:
        known = self.answers.get(hostName)
        if known is None:
            return self.original.resolveHostName(resolutionReceiver, hostName, portNumber, *rest)
        address = known[min(self.asked[hostName], len(known) - 1)]
        self.asked[hostName] += 1
        print("answered", hostName, address, file=sys.stderr)
        resolutionReceiver.resolutionBegan(None)
        resolutionReceiver.addressResolved(IPv4Address("TCP", address, portNumber))
        resolutionReceiver.resolutionComplete()
        return None


if __name__ == "__main__":
    install_reactor(crawler.settings.TWISTED_REACTOR)
    from twisted.internet import reactor

    reactor.installNameResolver(Changing(reactor.nameResolver, json.loads(sys.argv.pop(1))))  # type: ignore[attr-defined]
    crawler.settings.AUDIT_WAVE_WAITS = ()
    run_audit.main()
