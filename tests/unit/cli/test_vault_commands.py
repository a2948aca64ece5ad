"""`purpose-agent vault`: what is put in, found, answered, taken out and carried elsewhere at the terminal."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Command

RETURNS = "# Returns\nWe refund the full price within 30 days. Shipping is not refunded.\n"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "returns.md").write_text(RETURNS)
    (folder / "empty.txt").write_text("")
    return folder


def test_documents_are_put_in_and_their_health_is_told(command: Command, docs: Path) -> None:
    done = command("vault", "add", "Shop", str(docs))
    assert done.code == 0
    assert "returns.md" in done.out
    assert "The file is empty." in done.out
    listed = command("vault", "list", "--json").data
    assert [(info["title"], info["ready"], info["documents"]) for info in listed] == [("Shop", 1, 2)]


def test_a_vault_is_searched_and_asked(command: Command, docs: Path) -> None:
    command("vault", "add", "Shop", str(docs))
    assert "We refund the full price" in command("vault", "search", "shop", "money back").out
    asked = command("vault", "ask", "shop", "Is shipping refunded?", "--model", "builtin")
    assert asked.out.startswith("Shipping is not refunded. [1]")
    as_run = command("ask", "Is shipping refunded?", "--vault", "Shop", "--model", "builtin")
    assert "Shipping is not refunded. [1]" in as_run.out
    assert "Found 1 of 1" in command("vault", "test", "shop").out


def test_a_document_and_a_vault_are_taken_out(command: Command, docs: Path) -> None:
    command("vault", "add", "Shop", str(docs))
    assert command("vault", "remove", "Shop", "nothing.md").code == 3
    assert command("vault", "remove", "Shop", "returns.md").code == 0
    assert "No passage fits" in command("vault", "search", "Shop", "refund").out
    assert command("vault", "delete", "Shop", "--yes").code == 0
    assert "There is no vault yet" in command("vault", "list").out


def test_a_vault_is_carried_elsewhere(command: Command, docs: Path, tmp_path: Path) -> None:
    command("vault", "add", "Shop", str(docs))
    file = tmp_path / "shop.zip"
    assert command("vault", "export", "Shop", str(file)).code == 0
    home = ("--home", str(tmp_path / "elsewhere"))
    assert "returns.md" in command("vault", "import", str(file), *home).out
    assert "refund" in command("vault", "search", "Shop", "refund", *home).out


def test_a_vault_that_is_not_there_is_told(command: Command) -> None:
    done = command("vault", "show", "Garage")
    assert done.code == 3
    assert "There is no vault called “Garage”." in done.err
