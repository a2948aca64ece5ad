"""One web page or file, fetched when the user allows it and for no other reason.

Nothing else in the Vault touches the network. A page may point the way to another address; a way that leads from
outside into this machine or its own network is not followed.
"""

import ipaddress
import re
import socket
import time
from pathlib import PurePosixPath
from urllib.parse import unquote

import httpx

from purpose_agent.types import Record
from purpose_agent.vault.errors import VaultError
from purpose_agent.vault.reading.archives import clean_name
from purpose_agent.vault.reading.kinds import READABLE_ENDINGS
from purpose_agent.vault.reading.limits import MAX_FILE_BYTES

_MAX_REDIRECTS = 5
_CONNECT_S, _ALL_S = 10.0, 60.0
_AGENT = "PurposeAgent (a person's own machine)"
_ENDINGS = {
    "text/html": ".html", "application/xhtml+xml": ".html", "text/plain": ".txt", "text/markdown": ".md",
    "text/csv": ".csv", "text/tab-separated-values": ".tsv", "application/json": ".json", "application/xml": ".xml",
    "application/x-ndjson": ".jsonl", "text/xml": ".xml", "application/pdf": ".pdf", "application/epub+zip": ".epub",
    "message/rfc822": ".eml", "image/png": ".png", "image/jpeg": ".jpg", "image/tiff": ".tiff",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.text": ".odt", "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}  # fmt: skip


class Fetched(Record, frozen=True, kw_only=True):
    """A file as it came. `name` ends in what the server says it is; `url` is where it was in the end."""

    name: str
    body: bytes
    url: str = ""


def fetch(url: str, *, allowed: bool) -> Fetched:
    """Fetch an http or https address. Raises VaultError with a sentence for everything that can go wrong."""
    if not allowed:
        raise VaultError(
            "Fetching from the web is switched off.", "Allow it for this address, or save the page and add the file."
        )
    address = _checked(url)
    deadline = time.monotonic() + _ALL_S
    began_inside = _is_inside(address.host)
    timeout = httpx.Timeout(20.0, connect=_CONNECT_S)
    headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}  # packed bodies could unpack to anything
    try:
        with httpx.Client(timeout=timeout, headers=headers, follow_redirects=False, trust_env=True) as client:
            for _ in range(_MAX_REDIRECTS + 1):
                with client.stream("GET", address) as answer:
                    if answer.is_redirect:
                        address = _checked(str(answer.next_request.url if answer.next_request else ""))
                        if not began_inside and _is_inside(address.host):
                            raise VaultError(
                                "The address leads on to this machine or its own network; that was not followed.",
                                "Use the address of the page itself.",
                            )
                        continue
                    return _taken(answer, address, deadline)
    except httpx.HTTPError as problem:
        raise _unreachable(address, problem) from problem
    except (httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError) as problem:
        raise VaultError("The server's answer cannot be understood.", "Try it in the browser.") from problem
    raise VaultError("The address leads on from one to the next without an end.", "Open it in the browser and copy it.")


def _checked(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url.strip())
    except (httpx.InvalidURL, TypeError, ValueError) as problem:
        raise VaultError("This is not a web address.", "Copy it from the browser's address bar.") from problem
    if address.scheme not in ("http", "https") or not address.host:
        raise VaultError(
            "Only addresses that begin with http:// or https:// can be fetched.",
            "Copy it from the browser's address bar.",
        )
    if address.userinfo:
        raise VaultError(
            "The address holds a user name or a password.", "Leave it out, or save the page and add the file."
        )
    return address


def _taken(answer: httpx.Response, address: httpx.URL, deadline: float) -> Fetched:
    _refuse_status(answer.status_code, address)
    declared = answer.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_FILE_BYTES:
        raise _too_large(address)
    body = bytearray()
    for piece in answer.iter_raw(1 << 16):
        body += piece
        if len(body) > MAX_FILE_BYTES:
            raise _too_large(address)
        if time.monotonic() > deadline:
            raise VaultError(
                f"{address.host} did not send the file within {_ALL_S:g} seconds.", "Try again later, or download it."
            )
    if answer.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise VaultError(f"{address.host} sent the file packed, unasked.", "Open it in the browser and save it.")
    if not body.strip():
        raise VaultError(f"{address.host} sent an empty file.", "Open the address in the browser.")
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(name=_name(address, content_type), body=bytes(body), url=str(address))


def _refuse_status(status: int, address: httpx.URL) -> None:
    if status < 300:
        return
    if status in (401, 403):
        raise VaultError(
            f"{address.host} does not let everybody see this (status {status}).",
            "Open it in the browser, save it, and add the file.",
        )
    if status in (404, 410):
        raise VaultError(f"{address.host} has nothing at this address (status {status}).", "Check the address.")
    if status == 429:
        raise VaultError(f"{address.host} asks for fewer requests (status 429).", "Wait a while, then try again.")
    raise VaultError(f"{address.host} answered with an error (status {status}).", "Try again later.")


def _unreachable(address: httpx.URL, problem: httpx.HTTPError) -> VaultError:
    if isinstance(problem, httpx.TimeoutException):
        return VaultError(f"{address.host} did not answer in time.", "Try again later.", details=str(problem))
    if isinstance(problem, httpx.ConnectError) and "certificate" in str(problem).lower():
        return VaultError(
            f"{address.host} cannot prove who it is: its certificate is not valid.",
            "Check the address; do not trust it before that is mended.",
            details=str(problem),
        )
    return VaultError(
        f"{address.host} cannot be reached.", "Check the address and the connection.", details=str(problem)
    )


def _too_large(address: httpx.URL) -> VaultError:
    return VaultError(
        f"The file at {address.host} is larger than {MAX_FILE_BYTES // 1_000_000} MB.", "Fetch a smaller part of it."
    )


def _is_inside(host: str) -> bool:
    """Whether the name leads to this machine or its own network."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(place.partition("%")[0]).is_global for place in found)


def _name(address: httpx.URL, content_type: str) -> str:
    """From the address; the server's word on what it is wins over an ending that is not one of a readable file."""
    last = clean_name(unquote(PurePosixPath(address.path).name)) if address.path.strip("/") else ""
    last = last if last and last != "unnamed" else clean_name(address.host)
    ending = _ENDINGS.get(content_type, "")
    has = PurePosixPath(last).suffix.lower()
    if ending and has != ending and (content_type != "text/plain" or has not in READABLE_ENDINGS):
        stem = last[: -len(has)] if has and re.fullmatch(r"\.\w{1,5}", has) and has in READABLE_ENDINGS else last
        return f"{stem}{ending}"
    return last
