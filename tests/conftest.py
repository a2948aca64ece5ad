"""What holds for every test: no network beyond this machine, an own home, no keyring, no terminal colours."""

import ipaddress
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LOCAL_NAMES = {"localhost", "ip6-localhost", ""}


class NetworkIsOff(RuntimeError):
    """A test reached for another machine. Serve what it needs on loopback instead."""


def is_loopback(address: Any) -> bool:
    """Whether a socket address stays on this machine: loopback IPs, Unix sockets, and the name localhost."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0]).split("%")[0]
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def machine_guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Before the first fixture of any width and after the last test: what tests may never reach or see."""
    with pytest.MonkeyPatch.context() as patch:
        _network_off(patch)
        _new_home(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One home and workspace for each test."""
    return _new_home(monkeypatch, tmp_path_factory.mktemp("home"))


def _network_off(patch: pytest.MonkeyPatch) -> None:
    """Make `connect`, `sendto` and name look-ups of other machines raise, at the lowest Python layer."""
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, _to_loopback_only(getattr(socket.socket, name)))
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not (_is_number(name or "") or is_loopback((name or "",))):
            raise NetworkIsOff(f"look-up of {name}")
        return look_up(host, *args, **kwargs)

    patch.setattr(socket, "getaddrinfo", guarded_look_up)


def _is_number(host: str) -> bool:
    """An address needs no look-up: nobody is asked."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _to_loopback_only(original: Any) -> Any:
    def guarded(self: socket.socket, *args: Any) -> Any:
        if args and not is_loopback(args[-1]):
            raise NetworkIsOff(f"connection to {args[-1]}")
        return original(self, *args)

    return guarded


def _new_home(patch: pytest.MonkeyPatch, home: Path) -> Path:
    """HOME and the workspace lie in this folder; no key, model or keyring of this machine is seen."""
    patch.setenv("HOME", str(home))
    patch.setenv("USERPROFILE", str(home))
    patch.setenv("PURPOSE_AGENT_HOME", str(home / "workspace"))
    patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    patch.setenv("NO_COLOR", "1")
    for name in ("PURPOSE_AGENT_MODEL", "OLLAMA_HOST", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "FORCE_COLOR"):
        patch.delenv(name, raising=False)
    for name in PROVIDER_KEYS:
        patch.delenv(name, raising=False)
    return home


@pytest.fixture(autouse=True)
def vaults_closed() -> Iterator[None]:
    """What a test left open of its vaults, threads and the reading process too, ends with it."""
    yield
    if (shelf := sys.modules.get("purpose_agent.vault.shelf")) is not None:
        shelf.close_shelves()


PROVIDER_KEYS = (
    "OPENAI_API_KEY", "OPENROUTER_API_KEY", "GROQ_API_KEY", "TOGETHER_API_KEY", "FIREWORKS_API_KEY",
    "CEREBRAS_API_KEY", "DEEPSEEK_API_KEY", "MISTRAL_API_KEY", "HF_TOKEN", "ANTHROPIC_API_KEY",
    "GOOGLE_API_KEY", "GEMINI_API_KEY",
)  # fmt: skip
