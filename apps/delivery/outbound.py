"""One POST to an address that somebody entered, such that it reaches nothing inside: the name is resolved once, every address
that it has is checked, and the connection goes to a checked one. No redirect is followed, no proxy asked, and neither a slow
nor a large answer keeps us.
"""

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from threading import Timer
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from apps.core.text import flaw

STEP_SECONDS: Final = 10.0  # to connect, and for each word of the other side
WHOLE_SECONDS: Final = 20.0
ANSWER_BYTES: Final = 300  # of the body, to be shown
URL_LIMIT: Final = 2_000
_PORTS: Final = {"http": 80, "https": 443}


class Refused(Exception):
    """The address is none that we call: to be entered anew."""


class Unreached(Exception):
    """The other side could not be reached, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: the beginning of its body, and the seconds of a Retry-After (0: none)."""

    status: int
    body: str
    retry_after_seconds: int


def check_url(url: str) -> SplitResult:
    """The parts of a URL that may be called, its name not yet resolved. Raises Refused, in words for whoever entered it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("This is no URL. It looks like https://hooks.example.com/distsync.") from error
    schemes = ("https", "http") if settings.WEBHOOKS_TO_PRIVATE else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise Refused(f"A webhook's address begins with {schemes[0]}:// and a host's name.")
    if len(url) > URL_LIMIT or flaw(url) or any(not each.isprintable() or each.isspace() for each in url):
        raise Refused(f"A webhook's address has {URL_LIMIT} printable characters at most, and no blanks.")
    if not url.isascii():
        raise Refused("A webhook's address is written in ASCII: percent-encode what is not.")
    if parts.username is not None or parts.password is not None:
        raise Refused("A webhook's address holds no user and no password: its calls are signed instead.")
    if port == 0:
        raise Refused("A webhook's address has no port 0.")
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Sends the body; what came back, whatever the status. Raises Refused, Unreached."""
    parts = check_url(url)
    port = parts.port or _PORTS[parts.scheme]
    host = parts.hostname or ""
    connection = _connection(parts.scheme, host, _checked_address(host, port), port)
    watch = Timer(WHOLE_SECONDS, _cut, [connection])
    watch.daemon = True
    try:
        connection.connect()
        watch.start()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Host": _host_of(parts), **headers}, preload_content=False)
        response = connection.getresponse()
        text = response.read(ANSWER_BYTES, decode_content=False).decode(errors="replace")
        return Answer(response.status, text, _seconds(response.headers.get("Retry-After", "")))
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise Unreached(f"{type(error).__name__}: {_why(error)}") from error
    finally:
        watch.cancel()
        connection.close()


def _connection(scheme: str, host: str, address: str, port: int) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(address, port, timeout=STEP_SECONDS)
    return HTTPSConnection(
        address,
        port,
        timeout=STEP_SECONDS,
        ssl_context=ssl.create_default_context(),
        server_hostname=host,
        assert_hostname=host,
    )


def _checked_address(host: str, port: int) -> str:
    """An address of the host. Raises Refused where any that it has is not a public one: whoever controls the name could
    otherwise say another each time."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreached(f"The name {host} cannot be resolved.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not settings.WEBHOOKS_TO_PRIVATE and not all(map(is_public, addresses)):
        raise Refused(f"{host} is an address inside a network, and none on the internet; only those are called.")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet could call, also where it wraps one of the other version."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        wrapped = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None) or _translated(parsed)
        if wrapped is not None:
            return is_public(str(wrapped))
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address behind one that a NAT64 gateway makes (RFC 6052)."""
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _host_of(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _cut(connection: HTTPConnection) -> None:
    """Ends what takes too long, from beside: who reads hears of it as of a lost connection."""
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _why(error: Exception) -> str:
    """The error's words without the objects that urllib3 puts before them."""
    return str(error).rpartition(": ")[2] or "the connection ended"
