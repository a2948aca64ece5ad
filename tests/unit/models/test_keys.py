"""Keys are found in the environment, the keyring or a file that only its owner can read, and never shown."""

import os
import pickle
import stat
import sys
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from purpose_agent.models.keys import KeyFileDamaged, KeyNotUsable, KeyStore, Secret

KEY = "sk-proj-abcdef1234567890"


class DictKeyring(KeyringBackend):
    """A keyring in memory, in place of the desktop's own."""

    priority = 5.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.reads = 0
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self.reads += 1
        if self.locked:
            raise KeyringLocked
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> DictKeyring:
    backend = DictKeyring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
    return backend


@pytest.fixture
def headless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", NoKeyring())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "keys.json"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("headless")
def test_without_a_keyring_a_key_goes_into_a_file_for_its_owner_alone(path: Path) -> None:
    old = os.umask(0)
    try:
        assert KeyStore({}, path).set("openai", f"  {KEY}\n") == "file"
    finally:
        os.umask(old)
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]
    again = KeyStore({}, path)
    assert again.get("openai") == KEY
    assert again.where("openai") == "file"
    assert again.get("groq") is None


def test_the_environment_comes_first_and_its_first_name_wins(path: Path) -> None:
    KeyStore({}, path, use_keyring=False).set("google", "stored-key")
    assert KeyStore({"GEMINI_API_KEY": " a ", "GOOGLE_API_KEY": "b"}, path).get("google") == "a"
    assert KeyStore({"GOOGLE_API_KEY": "b"}, path).get("google") == "b"
    assert KeyStore({"GEMINI_API_KEY": " "}, path).get("google") == "stored-key"
    assert KeyStore({"GEMINI_API_KEY": "a"}, path).where("google") == "environment"


def test_a_keyring_takes_the_key_and_the_file_does_not_hold_it(path: Path, desktop: DictKeyring) -> None:
    assert KeyStore({}, path).set("openai", KEY) == "keyring"
    assert desktop.kept == {("purpose-agent", "openai"): KEY}
    assert KEY not in path.read_text()
    assert KeyStore({}, path).get("openai") == KEY


def test_a_look_for_keys_does_not_open_the_keyring(path: Path, desktop: DictKeyring) -> None:
    KeyStore({}, path).set("openai", KEY)
    desktop.reads = 0
    assert KeyStore({}, path).where("openai") == "keyring"
    assert KeyStore({}, path).get("groq") is None
    assert desktop.reads == 0


def test_a_keyring_that_does_not_work_is_told_and_the_file_takes_the_key(path: Path, desktop: DictKeyring) -> None:
    desktop.locked = True
    store = KeyStore({}, path)
    assert store.set("openai", KEY) == "file"
    assert store.get("openai") == KEY
    assert store.notices == [
        "The keyring of this desktop does not work, so the key went into a file only you can read."
    ]


def test_a_keyring_that_is_locked_later_is_told(path: Path, desktop: DictKeyring) -> None:
    KeyStore({}, path).set("openai", KEY)
    desktop.locked = True
    store = KeyStore({}, path)
    assert store.get("openai") is None
    assert len(store.notices) == 1


@pytest.mark.usefixtures("headless")
def test_a_deleted_key_is_gone_and_the_others_stay(path: Path) -> None:
    store = KeyStore({}, path)
    store.set("openai", KEY)
    store.set("groq", "other")
    assert store.delete("openai")
    assert not store.delete("openai")
    assert (store.get("openai"), store.get("groq")) == (None, "other")


def test_a_key_is_deleted_from_the_keyring_too(path: Path, desktop: DictKeyring) -> None:
    store = KeyStore({}, path)
    store.set("openai", KEY)
    assert store.delete("openai")
    assert desktop.kept == {}
    assert store.where("openai") is None


@pytest.mark.usefixtures("headless")
def test_a_file_that_others_can_read_is_closed_and_that_is_told(path: Path) -> None:
    KeyStore({}, path).set("openai", KEY)
    path.chmod(0o644)
    store = KeyStore({}, path)
    assert store.get("openai") == KEY
    assert mode(path) == 0o600
    assert "closed to them now" in store.notices[0]


@pytest.mark.parametrize("body", [b"{half", b'{"keys": {"openai": 5}}', b"\xff\xfe", b"[]"])
def test_a_damaged_file_is_told_and_left_as_it_is(path: Path, body: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(body)
    path.chmod(0o600)
    with pytest.raises(KeyFileDamaged, match="damaged"):
        KeyStore({}, path).get("openai")
    assert path.read_bytes() == body


@pytest.mark.parametrize("text", ["", "  ", "two words", "sk-ü", "a\nb", "a\x00b"])
def test_what_cannot_be_a_key_is_refused_without_repeating_it(path: Path, text: str) -> None:
    with pytest.raises(KeyNotUsable) as caught:
        KeyStore({}, path).set("openai", text)
    assert not text.strip() or text not in str(caught.value)
    assert not path.exists()


def test_an_unknown_provider_is_a_mistake_of_the_caller(path: Path) -> None:
    with pytest.raises(ValueError, match="unknown provider"):
        KeyStore({}, path).set("nobody", KEY)


def test_a_secret_shows_its_text_to_nobody_who_does_not_ask() -> None:
    secret = Secret(KEY)
    assert KEY not in f"{secret!r} {secret} {[secret]}"
    assert secret.reveal() == KEY
    assert secret == Secret(KEY)
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_nothing_is_written_until_a_key_is_set(path: Path) -> None:
    store = KeyStore({}, path)
    assert store.get("openai") is None
    assert store.where("openai") is None
    assert not path.parent.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="owners are those of POSIX")
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys.json").mkdir()
    with pytest.raises(KeyFileDamaged, match="cannot be read"):
        KeyStore({}, tmp_path / "keys.json").get("openai")
