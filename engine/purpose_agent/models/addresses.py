"""Whether an address is this machine, and how a person writes it."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """True for localhost, 127.0.0.0/8 and [::1]."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def spoken(url: str) -> str:
    """An address as a person writes it."""
    return url.removeprefix("http://")
