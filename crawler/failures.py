"""A request that failed without an answer, as an obstacle."""

from scrapy.exceptions import IgnoreRequest
from twisted.internet import error as network
from twisted.python.failure import Failure

from crawler.facts import Problem
from crawler.obstacles import Obstacle


def obstacle_of(failure: Failure) -> Obstacle:
    """What the failure is to the audit, and whether the next try may do better."""
    name = type(failure.value).__name__
    if failure.check(network.DNSLookupError) or "CannotResolve" in name:
        return Obstacle(Problem.SERVER_ERROR, Problem.SERVER_ERROR)
    if failure.check(IgnoreRequest) or "Cancelled" in name:
        # more bytes than DOWNLOAD_MAXSIZE, as sent or unpacked
        return Obstacle(Problem.CUT_SHORT, Problem.CUT_SHORT)
    if failure.check(network.TimeoutError, network.TCPTimedOutError) or "Timeout" in name:
        return Obstacle(Problem.TIMEOUT, Problem.TIMEOUT, passing=True)
    return Obstacle(Problem.SERVER_ERROR, Problem.SERVER_ERROR, passing=True)
