"""What every call to a model over HTTP shares: options of the client, and a library's errors turned into ours."""

import asyncio
import functools
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

import httpx

from purpose_agent.errors import PurposeError
from purpose_agent.models.addresses import is_loopback
from purpose_agent.models.errors import BadReply, ModelTimeout, ModelUnreachable, ReplyCut

CONNECT_TIMEOUT_S = 5.0
STALL_TIMEOUT_S = 90.0  # a small machine may take a minute to read a long prompt before its first word


class ClientOptions(TypedDict):
    timeout: httpx.Timeout
    verify: ssl.SSLContext
    trust_env: bool
    follow_redirects: bool


def client_options(url: str, *, stall_s: float) -> ClientOptions:
    """A call to this machine never goes through a proxy, and no call follows a redirect with a key in its hands."""
    return ClientOptions(
        timeout=httpx.Timeout(stall_s, connect=min(CONNECT_TIMEOUT_S, stall_s)),
        verify=_tls(),
        trust_env=not is_loopback(url),
        follow_redirects=False,
    )


@asynccontextmanager
async def our_errors(
    who: str, address: str, *, timeout_s: float | None, stall_s: float, start: str
) -> AsyncIterator[None]:
    """Bound the time of a call and tell what went wrong in the user's words.

    who    the one that was asked, as a person calls it; `start` says what to do when nothing answers there.
    """
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError as error:
        raise ModelTimeout(
            f"{who} was not done within {timeout_s:g} s.", fix="Allow more time, or pick a faster model."
        ) from error
    except (httpx.ConnectError, httpx.ConnectTimeout, ConnectionError) as error:
        raise ModelUnreachable(f"{who} did not answer at {address}.", fix=start, details=str(error)) from error
    except httpx.TimeoutException as error:
        raise ModelTimeout(
            f"{who} sent nothing for {stall_s:g} s.", fix="Try again, or pick a smaller or faster model."
        ) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise PurposeError(f"{address} is not an address.", fix="Write it as http://host:port/path.") from error
    except httpx.DecodingError as error:
        raise BadReply(f"The reply of {who} cannot be unpacked.", fix="Try again.", details=str(error)) from error
    except httpx.TransportError as error:
        raise ReplyCut(
            f"The connection to {who} ended in the middle of the reply.", fix="Try again.", details=str(error)
        ) from error


@functools.cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes some 20 ms."""
    return httpx.create_ssl_context()
