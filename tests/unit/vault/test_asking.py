"""A question to a vault: what is turned away before a model is asked, and what is answered with a doubt."""

import asyncio
from pathlib import Path

import pytest

from purpose_agent.errors import PurposeError
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.vault.answers.instructions import READER
from purpose_agent.vault.answers.refusal import DOUBT, NOT_THERE
from purpose_agent.vault.shelf import shelf_for
from purpose_agent.vault.vault import Vault

ANSWERED, DOUBTFUL, BEYOND = "How long do refunds take?", "Who signs a refund?", "Why do whales sing?"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = shelf_for(tmp_path / "home").create("Shop")
    made.add_text("returns.md", "# Returns\n\nRefunds take 14 days. Shipping is not refunded. Say so on the phone.\n")
    made.catch_up()
    return made


def test_a_language_model_is_not_asked_what_is_beyond_the_documents(vault: Vault) -> None:
    model = ScriptedBackend(["Whales sing to be heard [1]."])
    answer = vault.ask(BEYOND, model=model)
    assert (answer.refused, answer.sentences, model.call_count) == (True, (), 0)
    assert answer.text.startswith(NOT_THERE)


def test_a_language_model_is_asked_in_doubt_and_the_doubt_is_told(vault: Vault) -> None:
    model = ScriptedBackend(["Refunds take 14 days [1]."])
    answer = vault.ask(DOUBTFUL, model=model)
    assert (answer.refused, answer.text, model.call_count) == (False, "Refunds take 14 days [1].", 1)
    (notice,) = answer.notices
    assert notice.startswith(DOUBT)
    assert notice in str(answer)


def test_the_doubt_is_not_told_of_a_model_that_says_itself_that_it_is_not_there(vault: Vault) -> None:
    answer = vault.ask(DOUBTFUL, model=ScriptedBackend(["The sources do not say who signs."]))
    assert (answer.refused, answer.notices) == (True, ())


def test_the_built_in_answer_is_not_given_in_doubt(vault: Vault) -> None:
    answer = vault.ask(DOUBTFUL, model="builtin")
    assert (answer.refused, answer.citations) == (True, ())
    assert answer.text == f"{NOT_THERE} The nearest sentence names no person."


def test_an_answered_question_has_no_notice(vault: Vault) -> None:
    for model in ("builtin", ScriptedBackend(["Refunds take 14 days [1]."])):
        answer = vault.ask(ANSWERED, model=model)
        assert (answer.refused, answer.notices) == (False, ())
        assert [sentence.support for sentence in answer.sentences] == ["supported"]


def test_a_model_reads_the_passages_with_their_numbers_and_is_told_to_name_them(vault: Vault) -> None:
    model = ScriptedBackend(["Refunds take 14 days [1]."])
    vault.ask(f"  {ANSWERED}\n", model=model)
    ((message,),) = model.calls
    assert READER in message.content
    assert "[1] returns.md, Returns\n" in message.content
    assert ANSWERED in message.content


def test_a_model_that_says_nothing_has_not_found_it(vault: Vault) -> None:
    assert vault.ask(ANSWERED, model=ScriptedBackend(["  "])).refused


def test_a_vault_can_be_asked_inside_a_running_loop(vault: Vault) -> None:
    async def ask() -> str:
        return vault.ask(ANSWERED, model=ScriptedBackend(["Refunds take 14 days [1]."])).text

    assert asyncio.run(ask()) == "Refunds take 14 days [1]."


def test_a_vault_without_text_and_an_empty_question_say_what_to_do(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(PurposeError, match="The question is empty"):
        vault.ask(" \n ")
    with pytest.raises(PurposeError, match="No document of this vault has text"):
        shelf_for(tmp_path / "home").create("Empty").ask(ANSWERED)
