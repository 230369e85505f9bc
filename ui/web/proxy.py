"""A proxy in front of the page that lets people in, by OIDC say, and tells their names in a header: believed from its address alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.auth import AuthError
from ui.names import plain

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from rag.settings import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxy:
    """The header that names people, and the networks that it is believed from."""

    header: str
    networks: Sequence[Network]

    @classmethod
    def of(cls, settings: Settings) -> Proxy | None:
        """As the settings say; None where they name no header. Raises AuthError."""
        if not settings.proxy_header:
            return None
        return cls(settings.proxy_header, networks_of("proxy_from", settings.proxy_from))

    def name(self, request: HTTPConnection) -> str | None:
        """Who a request comes from, None where it is not the proxy that sends it or it names nobody. A header that is there twice
        names nobody: one of the two is not the proxy's."""
        if request.client is None or not trusts(self.networks, request.client.host):
            return None
        told = request.headers.getlist(self.header)
        return (plain(told[0].encode("latin-1").decode("utf-8", "replace")) or None) if len(told) == 1 else None


def networks_of(key: str, told: str) -> list[Network]:
    """The addresses and networks that a setting names, with commas between. Raises AuthError."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in told.split(",")]
    except ValueError as error:
        raise AuthError(f"{key} = {told!r} is no list of addresses ({error}): write 10.0.0.5, 10.1.0.0/16") from error


def trusts(networks: Sequence[Network], host: str) -> bool:
    """True if an address lies in one of the networks."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)
