"""Where the keys of the providers are: the environment, then the keyring of the desktop, then a file only you can read.

A key is handled as a `Secret`, whose text never appears in a repr, an error or a log. The file notes which providers
have a key in the keyring, so that a look for keys does not make the desktop ask for a password.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.models.providers import PROVIDERS
from purpose_agent.types import Record

Place = Literal["environment", "keyring", "file"]
_SERVICE = "purpose-agent"
_FILE_MODE = 0o600


class KeyFileDamaged(PurposeError):
    """The file of keys cannot be read, or is not ours to use."""


class KeyNotUsable(PurposeError):
    """What was given cannot be a key."""


class Secret:
    """A key that shows itself only on request."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a key is not to be pickled")


class _Stored(Record, frozen=True, kw_only=True):
    """The file: keys that no keyring took, and the names of those in the keyring."""

    keys: dict[str, str] = msgspec.field(default_factory=dict)
    in_keyring: tuple[str, ...] = ()

    def without(self, provider: str) -> "_Stored":
        return _Stored(
            keys={name: key for name, key in self.keys.items() if name != provider},
            in_keyring=tuple(name for name in self.in_keyring if name != provider),
        )

    def __repr__(self) -> str:
        return f"_Stored({sorted(self.keys)}, {sorted(self.in_keyring)})"


class KeyStore:
    """The keys of this user.

    environ  defaults to the environment of the process.
    path     defaults to keys.json in the user's configuration folder.
    notices  degraded modes in plain words, for example a keyring that does not work.
    """

    def __init__(
        self, environ: Mapping[str, str] | None = None, path: Path | str | None = None, *, use_keyring: bool = True
    ) -> None:
        self.environ = os.environ if environ is None else environ
        self._path = Path(path) if path is not None else None
        self._use_keyring = use_keyring
        self.notices: list[str] = []

    @property
    def path(self) -> Path:
        if self._path is None:
            from platformdirs import user_config_path

            self._path = user_config_path(_SERVICE, appauthor=False) / "keys.json"
        return self._path

    def get(self, provider: str) -> str | None:
        """The key as text, for the request alone; None when there is none."""
        secret = self.secret(provider)
        return secret.reveal() if secret is not None else None

    def secret(self, provider: str) -> Secret | None:
        for name in _variables(provider):
            if text := self.environ.get(name, "").strip():
                return Secret(text)
        stored = self._read()
        if provider in stored.in_keyring and (kept := self._from_keyring(provider)):
            return Secret(kept)
        return Secret(stored.keys[provider]) if stored.keys.get(provider) else None

    def where(self, provider: str) -> Place | None:
        """Where a key is, without reading it from the keyring."""
        if any(self.environ.get(name, "").strip() for name in _variables(provider)):
            return "environment"
        stored = self._read()
        if provider in stored.in_keyring:
            return "keyring"
        return "file" if stored.keys.get(provider) else None

    def set(self, provider: str, key: str) -> Place:
        """Keep a key, in the keyring if there is one that works, else in the file. Returns where it went."""
        _known(provider)
        key = key.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise KeyNotUsable(
                "This is not a key: it is empty or holds blanks or characters that no key has.",
                fix="Copy the key again from the provider's page, and nothing else with it.",
            )
        rest = self._read().without(provider)
        if self._to_keyring(provider, key):
            self._write(_Stored(keys=rest.keys, in_keyring=(*rest.in_keyring, provider)))
            return "keyring"
        self._write(_Stored(keys=rest.keys | {provider: key}, in_keyring=rest.in_keyring))
        return "file"

    def delete(self, provider: str) -> bool:
        """Forget a stored key. False when none was stored; a key in the environment is not ours to remove."""
        _known(provider)
        stored = self._read()
        if provider not in stored.keys and provider not in stored.in_keyring:
            return False
        if provider in stored.in_keyring:
            self._delete_from_keyring(provider)
        self._write(stored.without(provider))
        return True

    def _read(self) -> "_Stored":
        try:
            self._close_to_others(self.path.stat())
            return msgspec.json.decode(self.path.read_bytes(), type=_Stored)
        except FileNotFoundError:
            return _Stored()
        except OSError as error:
            raise KeyFileDamaged(
                f"The file of keys at {self.path} cannot be read.", fix="Make it readable for you alone, or delete it."
            ) from error
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Not "from": what cannot be read may hold a key, and it would hang on the error.
            raise KeyFileDamaged(
                f"The file of keys at {self.path} is damaged.", fix="Delete it and enter the keys again."
            ) from None

    def _close_to_others(self, info: os.stat_result) -> None:
        if os.name != "posix":
            return
        if info.st_uid not in (os.getuid(), 0):
            raise KeyFileDamaged(
                f"The file of keys at {self.path} belongs to another user.", fix="Delete it and enter the keys again."
            )
        if stat.S_IMODE(info.st_mode) & 0o077:
            self.path.chmod(_FILE_MODE)
            self._tell(
                "Other users of this machine could read the file of keys; it is closed to them now. "
                "Replace the keys if you share the machine."
            )

    def _write(self, stored: "_Stored") -> None:
        """Written beside the old file and moved over it, so a crash leaves one of the two whole."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(stored))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)

    def _from_keyring(self, provider: str) -> str | None:
        import keyring
        from keyring.errors import KeyringError

        try:
            return keyring.get_password(_SERVICE, provider)
        except (KeyringError, RuntimeError, OSError):
            self._tell("The keyring of this desktop did not answer, so its keys cannot be used now.")
            return None

    def _to_keyring(self, provider: str, key: str) -> bool:
        """False when there is no keyring to speak of; the file takes the key then."""
        if not self._use_keyring:
            return False
        import keyring
        from keyring.errors import KeyringError

        try:
            if keyring.get_keyring().priority <= 0:  # the stand-in for "no keyring here"
                return False
            keyring.set_password(_SERVICE, provider, key)
            return keyring.get_password(_SERVICE, provider) == key
        except (KeyringError, RuntimeError, OSError):
            self._tell("The keyring of this desktop does not work, so the key went into a file only you can read.")
            return False

    def _delete_from_keyring(self, provider: str) -> None:
        import keyring
        from keyring.errors import KeyringError

        try:
            keyring.delete_password(_SERVICE, provider)
        except (KeyringError, RuntimeError, OSError):
            self._tell("The keyring of this desktop did not answer, so a copy of the key may be left in it.")

    def _tell(self, notice: str) -> None:
        if notice not in self.notices:
            self.notices.append(notice)


def _known(provider: str) -> None:
    if provider not in PROVIDERS:
        raise ValueError(f"unknown provider {provider!r}")


def _variables(provider: str) -> tuple[str, ...]:
    return PROVIDERS[provider].keys if provider in PROVIDERS else ()
