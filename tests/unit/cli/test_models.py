"""`models`: what is here and why it is taken, pulling with progress, keys that never show."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Command


def test_with_nothing_here_the_built_in_model_is_taken_and_it_is_said_why(command: Command) -> None:
    done = command("models")
    assert done.code == 0, done.err
    assert "Taken when none is named: builtin:search" in done.out
    assert "ollama serve" in done.out


def test_json_lists_each_model_and_whether_it_is_ready(command: Command) -> None:
    data = command("models", "--json").data
    assert data["chosen"] == "builtin:search"
    assert data["why"]
    assert {row["name"]: row["ready"] for row in data["models"]}["builtin:search"] is True


def test_pulled_models_are_listed_and_taken_first(
    command: Command, ollama: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", ollama)
    data = command("models", "--json").data
    assert data["chosen"] == "ollama:qwen3:1.7b"
    assert "1.4 GB" in next(row["state"] for row in data["models"] if row["name"] == "ollama:qwen3:1.7b")


def test_a_pull_tells_how_far_it_is(command: Command, ollama: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", ollama)
    done = command("models", "pull", "ollama:tiny:1b")
    assert done.code == 0, done.err
    assert "50 %" in done.err
    assert "--model ollama:tiny:1b" in done.out


def test_a_pull_without_ollama_says_how_to_start_it(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    done = command("models", "pull", "tiny")
    assert done.code == 3
    assert "ollama serve" in done.err


def test_a_key_is_kept_in_a_file_for_this_person_alone_and_never_shown(command: Command, own_home: Path) -> None:
    done = command("models", "key", "set", "groq", stdin="gsk_verysecret123\n")
    assert done.code == 0, done.err
    assert "verysecret" not in done.out + done.err
    [kept] = own_home.rglob("keys.json")
    assert kept.stat().st_mode & 0o077 == 0
    listed = {row["name"].partition(":")[0]: row["state"] for row in command("models", "--json").data["models"]}
    assert listed["groq"] == "key in the file"
    assert "verysecret" not in json.dumps(listed)


def test_a_key_is_forgotten(command: Command) -> None:
    command("models", "key", "set", "groq", stdin="gsk_verysecret123\n")
    assert command("models", "key", "delete", "groq", "--json").data["removed"] is True
    assert command("models", "key", "delete", "groq", "--json").data["removed"] is False


def test_no_key_and_an_unknown_provider_are_told(command: Command) -> None:
    assert "No key was given" in command("models", "key", "set", "groq").err
    done = command("models", "key", "set", "nobody", stdin="x\n")
    assert done.code == 3
    assert "groq" in done.err
