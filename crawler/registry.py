"""A province and its sites: what is audited, read from a registry file and checked whole."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.facts import Kind, OfficialContacts, SiteFacet
from crawler.registry_file import RegistryError, read_registry

__all__ = [
    "ProvinceEntry",
    "Registry",
    "RegistryError",
    "Selection",
    "SiteEntry",
    "UnknownSite",
    "facet",
    "is_local",
    "load_registry",
    "registry_from_json",
    "registry_to_json",
    "select",
]


class UnknownSite(RegistryError):
    """A site id that the registry has not."""


@dataclass(frozen=True, slots=True)
class ProvinceEntry:
    """The province. `area_codes` without the leading zero; `ended`: first day on which it was no more. `contact`: whom
    a site's administrator may ask about the crawler; sent with each request."""

    id: str
    name: str
    timezone: str
    domain: str
    area_codes: tuple[str, ...]
    profile: str | None = None
    ended: date | None = None
    successor: str | None = None
    contact: str | None = None


_NO_CONTACTS = OfficialContacts()  # frozen, so that all may share it


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """One body and its site; `url` None where no host is known. `delay` in seconds."""

    id: str
    name: str
    kind: Kind
    url: str | None
    source: str = "seen"
    seen_at: str = ""
    field: str | None = None
    aliases: tuple[str, ...] = ()
    former_urls: tuple[str, ...] = ()
    install: str | None = None
    connect_to: str | None = None
    yearly_target: int | None = None
    delay: float | None = None
    contacts: OfficialContacts = _NO_CONTACTS
    report_to: tuple[str, ...] = ()
    active_from: date | None = None
    active_until: date | None = None


@dataclass(frozen=True, slots=True)
class Registry:
    province: ProvinceEntry
    sites: tuple[SiteEntry, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The sites to audit, and those passed over with why: guess | no_host | ended."""

    chosen: tuple[SiteEntry, ...]
    skipped: tuple[tuple[SiteEntry, str], ...] = field(default=())


def load_registry(path: Path) -> Registry:
    """Read and check a registry file. Raises RegistryError with all mistakes: file, line, what was expected."""
    return _build(read_registry(path), str(path))


def _build(data: dict[str, Any], path: str) -> Registry:
    province = data["province"]
    return Registry(
        ProvinceEntry(**{**province, "area_codes": tuple(province["area_codes"])}),
        tuple(_site(entry) for entry in data["sites"]),
        path,
    )


def _site(entry: dict[str, Any]) -> SiteEntry:
    values = dict(entry)
    values["kind"] = Kind(values["kind"])
    for name in ("aliases", "former_urls", "report_to"):
        values[name] = tuple(values.get(name) or ())
    contacts = values.pop("contacts", None) or {}
    values["contacts"] = OfficialContacts(
        **{name: tuple(contacts.get(name) or ()) for name in ("phones", "faxes", "emails")},
        address=contacts.get("address") or "",
    )
    return SiteEntry(**values)


def registry_to_json(registry: Registry) -> str:
    """The registry as text that `registry_from_json` gives back equal."""
    return json.dumps(asdict(registry), ensure_ascii=False, sort_keys=True, default=lambda day: day.isoformat())


def registry_from_json(text: str) -> Registry:
    """A registry as it was stored with a night."""
    data = json.loads(text)
    data["province"]["ended"] = _day(data["province"]["ended"])
    for entry in data["sites"]:
        entry["active_from"], entry["active_until"] = _day(entry["active_from"]), _day(entry["active_until"])
    return _build(data, data["path"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def is_local(site: SiteEntry) -> bool:
    """Whether the site's connections go to this machine: by its own address or by connect_to."""
    if site.connect_to:
        return True
    host = urlsplit(site.url or "").hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def facet(registry: Registry, site: SiteEntry) -> SiteFacet:
    """The site as rules see it; the province's end bounds the body's."""
    return SiteFacet(
        id=site.id,
        name=site.name,
        kind=site.kind,
        url=site.url or "",
        province=registry.province.name,
        domain=registry.province.domain,
        area_codes=registry.province.area_codes,
        field=site.field,
        yearly_target=site.yearly_target,
        active_from=site.active_from,
        active_until=_last_day(registry, site),
        contacts=site.contacts,
    )


def _last_day(registry: Registry, site: SiteEntry) -> date | None:
    ended = registry.province.ended
    days = [day for day in (site.active_until, date.fromordinal(ended.toordinal() - 1) if ended else None) if day]
    return min(days, default=None)


def select(registry: Registry, *, ids: Sequence[str] = (), include_unverified: bool = False, as_of: date) -> Selection:
    """The sites to audit on a day. Raises UnknownSite for an id that the registry has not.

    A skipped site carries its last day in `active_until`, so that a date can be suggested.
    """
    known = {site.id for site in registry.sites}
    if unknown := [one for one in ids if one not in known]:
        raise UnknownSite(
            [f"{registry.path}: không có trang {one!r}; các mã có: {', '.join(sorted(known))}" for one in unknown]
        )
    chosen, skipped = [], []
    for site in registry.sites:
        if ids and site.id not in ids:
            continue
        last = _last_day(registry, site)
        if site.url is None:
            skipped.append((site, "no_host"))
        elif last is not None and last < as_of:
            skipped.append((replace(site, active_until=last), "ended"))
        elif site.source == "guess" and not include_unverified:
            skipped.append((site, "guess"))
        else:
            chosen.append(site)
    return Selection(tuple(chosen), tuple(skipped))
