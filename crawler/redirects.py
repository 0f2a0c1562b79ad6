"""Redirects of one site: where they lead, and whether it is onward."""

from crawler.answers import Answer
from crawler.facts import Problem
from crawler.obstacles import Obstacle
from crawler.scope import Scope, is_login

LOGIN = "login"
LONGEST = 20
"""Redirects that are followed in looking for a circle."""


class Redirects:
    """Remembers where each address led, and the cookies that were set on the way."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._leads: dict[str, str] = {}
        self._offered: dict[str, str] = {}

    def leads_back(self, url: str, to: str) -> bool:
        """Whether the one is known to lead to the other."""
        return self._leads.get(url) == to

    def obstacle(self, url: str, location: str, answer: Answer) -> Obstacle | None:
        """Name a redirect that leads in a circle, to a login or out of the site. A circle may wait for the cookies
        that its redirects set: then it is gone through once more, with them, from where it began."""
        self._leads[url] = location
        self._offered.update(answer.cookies())
        target: str | None = location
        for _ in range(LONGEST):
            if target == url:
                cookie = "; ".join(map("=".join, self._offered.items()))
                self._offered.clear()
                self._leads.clear()
                return Obstacle(Problem.SERVER_ERROR, "redirect_loop", cookie=cookie, again=location)
            target = self._leads.get(target) if target else None
        if is_login(location) and not is_login(url):
            return Obstacle(Problem.BLOCKED, LOGIN)
        return None if self.scope.holds(location) else Obstacle(Problem.OUT_OF_SCOPE, "leads_elsewhere")
