"""Loaded by the app's process under test: writes down every address beyond this machine that it reaches for."""

import os
import sys

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")


def _watch(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name and not name.startswith(_LOOPBACK):
        with open(os.environ["PURPOSE_AGENT_WATCH"], "a", encoding="utf-8") as log:  # noqa: PTH123
            log.write(f"{event} {name}\n")


if "PURPOSE_AGENT_WATCH" in os.environ:
    sys.addaudithook(_watch)
