"""Where Ollama is, worked out without importing its library, whose import takes longer than the whole engine's."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from purpose_agent.errors import PurposeError

DEFAULT_PORT = 11434


def ollama_host(environ: Mapping[str, str] | None = None) -> str:
    """The address as a URL: OLLAMA_HOST in any of the forms that Ollama takes, else port 11434 on this machine.

    0.0.0.0 and [::], with which a server is told to listen everywhere, mean this machine to a client.
    """
    given = (os.environ if environ is None else environ).get("OLLAMA_HOST", "").strip().strip("\"'")
    scheme, separator, rest = given.partition("://")
    if not separator:
        scheme, rest = "http", given
    port = DEFAULT_PORT if not separator else 443 if scheme == "https" else 80
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname or "127.0.0.1", parts.port or port
    except ValueError as error:
        raise PurposeError(
            f"OLLAMA_HOST is {given[:80]}, which is not an address.", fix="Write it as http://host:port or host:port."
        ) from error
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    path = parts.path.rstrip("/")
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{path}"


def is_cloud_model(name: str) -> bool:
    """Models that Ollama lists but runs on its maker's servers: what they are sent leaves this machine."""
    tag = name.rpartition(":")[2]
    return tag == "cloud" or tag.endswith("-cloud")
