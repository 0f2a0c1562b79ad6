"""http and https, www and bare: one site, asked where it answers."""

from urllib.parse import urlsplit, urlunsplit


def scheme_twin(url: str) -> str | None:
    """The address over the other of http and https; None on a port of its own.

    >>> scheme_twin("https://a.gov.vn/vi"), scheme_twin("http://127.0.0.1:8080/")
    ('http://a.gov.vn/vi', None)
    """
    parts = urlsplit(url)
    other = {"http": "https", "https": "http"}.get(parts.scheme)
    return urlunsplit(parts._replace(scheme=other)) if other and parts.port is None else None


def host_twin(url: str) -> str | None:
    """The address with www. for without, and the other way round; None for an address that has no name.

    >>> host_twin("http://www.a.gov.vn/x"), host_twin("http://127.0.0.1/")
    ('http://a.gov.vn/x', None)
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if "." not in host or ":" in host or host.replace(".", "").isdigit():
        return None
    netloc = parts.netloc.removeprefix("www.") if host.startswith("www.") else f"www.{parts.netloc}"
    return urlunsplit(parts._replace(netloc=netloc))


class Origins:
    """Which origins (scheme, host, port) gave no answer at all. Their pages are asked for at a twin, each tried once
    before anything is called unreachable (field notes 6: :80 reset while :443 is fine)."""

    def __init__(self) -> None:
        self._silent: dict[str, bool] = {}  # origin → whether its name leads nowhere

    def silent(self, url: str, *, nameless: bool) -> None:
        """No answer came from this address's origin. `nameless`: its host has no address."""
        self._silent[_origin(url)] = nameless

    def is_twin(self, url: str) -> bool:
        """Whether an address is asked for only because a twin of it is silent."""
        return any(twin and _origin(twin) in self._silent for twin in (scheme_twin(url), host_twin(url)))

    def living(self, url: str) -> str:
        """The address itself, or where its origin is silent a twin whose origin is not, as far as is known."""
        if _origin(url) not in self._silent:
            return url
        twin = host_twin(url) if self._silent[_origin(url)] else scheme_twin(url)
        return twin if twin is not None and _origin(twin) not in self._silent else url


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
