"""Where an address lies: suggestions from a geocoder that the company chose in its settings [A5, 30].

The address of the geocoder is a setting, so it is treated as given by a person (security.md, "Requests"): resolved
first, refused when it leads into the own network, connected to exactly the resolved address, no redirects, a short
patience and a limit on what is read.  What comes back is data of strangers: checked field by field.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from admin_app.kernel.errors import Invalid, Unmet
from admin_app.kernel.parsing import clean_text

PATIENCE_SECONDS = 4.0
LARGEST_ANSWER = 200_000
MOST_PLACES = 6
MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """An address as a geocoder or our own records know it; degrees of WGS 84 where the position is known."""

    line1: str
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    """Two letters."""
    lat: float | None = None
    lon: float | None = None


class Geocoder(Protocol):
    """Knows places by what people type."""

    def suggest(self, text: str) -> list[Place]:
        """At most a handful of places for `text`, best first; raises Unmet when it cannot be asked."""
        ...


class NoGeocoder:
    """The company chose none: known addresses are all there is."""

    def suggest(self, text: str) -> list[Place]:
        """Nothing."""
        return []


class NominatimGeocoder:
    """Any search that speaks the JSON of Nominatim (`format=jsonv2&addressdetails=1`)."""

    def __init__(
        self, url: str, key: str | None = None, *, country: str | None = None, own_network: bool = False
    ) -> None:
        """Ask at `url` with an optional `key`; places in `country` (two letters) first.

        `own_network` allows an address that is not public, for a company that runs its own geocoder.
        """
        self.url, self.key, self.country, self.own_network = url, key, country, own_network

    def suggest(self, text: str) -> list[Place]:
        """At most six places; raises Unmet with a sentence when the geocoder does not answer as it should."""
        wanted = " ".join(text.split())[:MOST_CHARACTERS]
        if not wanted:
            return []
        try:
            found = json.loads(self._get(wanted))
        except (OSError, http.client.HTTPException) as trouble:
            raise Unmet("The geocoder does not answer; type the address by hand") from trouble
        except ValueError as trouble:
            raise Unmet("The geocoder answered something else than places; check its address") from trouble
        if not isinstance(found, list):
            raise Unmet("The geocoder answered something else than places; check its address")
        places = (_place(row) for row in found[: 2 * MOST_PLACES])
        return [place for place in places if place is not None][:MOST_PLACES]

    def _get(self, text: str) -> bytes:
        """The answer's body; anything but 200 within the limit is refused."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise Unmet("The geocoder's address does not begin with https://; mend it in the settings")
        asked = {"q": text, "format": "jsonv2", "addressdetails": "1", "limit": str(MOST_PLACES)}
        if self.key:
            asked["key"] = self.key
        if self.country:
            asked["countrycodes"] = self.country.lower()
        query = "&".join(filter(None, (parts.query, urlencode(asked))))
        connection = _connection(parts.scheme, parts.hostname, parts.port, self.own_network)
        try:
            connection.request(
                "GET",
                f"{parts.path or '/'}?{query}",
                headers={"Accept": "application/json", "User-Agent": "Sawhorse (back office)"},
            )
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise Unmet(
                    f"The geocoder answered with status {answer.status}; check its address and key in the settings"
                )
            body = answer.read(LARGEST_ANSWER + 1)
        finally:
            connection.close()
        if len(body) > LARGEST_ANSWER:
            raise Unmet("The geocoder answered too much; check its address")
        return body


def _connection(scheme: str, host: str, port: int | None, own_network: bool) -> http.client.HTTPConnection:
    """A connection to the address that was resolved and checked, not to one resolved again later."""
    port = port or (443 if scheme == "https" else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not own_network and any(not ipaddress.ip_address(address).is_global for address in addresses):
        raise Unmet("The geocoder's address leads into the own network, which is not asked")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=PATIENCE_SECONDS)

    def connect_to_checked(_address: Any, *arguments: Any, **options: Any) -> socket.socket:
        return socket.create_connection((addresses[0], port), *arguments, **options)

    # http.client offers no other place for this; TLS still checks the certificate against `host`.
    connection._create_connection = connect_to_checked  # type: ignore[attr-defined]
    return connection


def _place(row: Any) -> Place | None:
    """One row of the answer as a place, or None where it names no street or town."""
    if not isinstance(row, dict):
        return None
    parts = row.get("address")
    details: dict[str, Any] = parts if isinstance(parts, dict) else {}
    street = _first(details, "road", "pedestrian", "footway", "hamlet", "suburb", limit=170)
    number = _first(details, "house_number", limit=20)
    line1 = " ".join(filter(None, (number, street))) if _number_first(details) else _joined(street, number)
    if not line1:
        line1 = str(row.get("display_name") or "").split(",")[0]
    line1 = _clean(line1, 200)
    if not line1:
        return None
    country = _first(details, "country_code", limit=2)
    return Place(
        line1=line1,
        postcode=_first(details, "postcode", limit=24),
        city=_first(details, "city", "town", "village", "municipality", limit=120),
        region=_first(details, "state", "county", limit=120),
        country=country.upper() if country else None,
        lat=_degrees(row.get("lat"), 90),
        lon=_degrees(row.get("lon"), 180),
    )


def _number_first(details: dict[str, Any]) -> bool:
    """English, French and American addresses put the number before the street."""
    return str(details.get("country_code") or "").lower() in {
        "gb",
        "ie",
        "us",
        "ca",
        "au",
        "nz",
        "fr",
        "lu",
        "za",
    }


def _joined(street: str | None, number: str | None) -> str:
    return " ".join(filter(None, (street, number)))


def _first(details: dict[str, Any], *keys: str, limit: int) -> str | None:
    """The first of `keys` that holds words, cleaned and cut to `limit` characters."""
    for key in keys:
        words = _clean(details.get(key), limit)
        if words:
            return words
    return None


def _clean(value: Any, limit: int) -> str:
    try:
        return clean_text(str(value or "")[:limit], limit)
    except Invalid:
        return ""


def _degrees(value: Any, most: float) -> float | None:
    try:
        degrees = float(value)
    except (TypeError, ValueError):
        return None
    return degrees if -most <= degrees <= most else None
