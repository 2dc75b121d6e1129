"""From which address a request comes. `X-Forwarded-For` is believed only as far as our own proxies wrote it."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
_V6_PREFIX = 64  # what one customer of a provider has; a single address there is worth nothing


def client_address(request: HttpRequest) -> str | None:
    """The client's address; None where the server tells none (a Unix socket).

    Behind proxies each of them appends whom it spoke with, so that of `TRUSTED_PROXIES` proxies the first one's entry
    stands that many places from the right. What stands further left was written by the client, and is never read.
    """
    told = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = _parsed(hops[-settings.TRUSTED_PROXIES])
            if address is not None:
                return str(address)
    address = _parsed(told)
    return None if address is None else str(address)


def network_of(address: str | None) -> str:
    """What is counted as one client: an IPv4 address, an IPv6 /64, or everybody whose address is not known."""
    parsed = _parsed(address or "")
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _V6_PREFIX), strict=False))
    return str(parsed) if parsed else "unknown"


def _parsed(text: str) -> Address | None:
    """An address as proxies write it: bare, `[v6]:port`, `v4:port`; an IPv4 one mapped into IPv6 as what it is."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
