"""A suite from the documents of a vault: questions whose answers a person found right, and questions made from it.

A made-up question holds some of the rarest words of one sentence of a passage (`vault/self_test.py`); the answer has
to say that sentence, or most of it, and cite a passage that does. It is easier than what people ask. The document is
the family, so no split parts the questions about one document.
"""

from collections.abc import Sequence

import msgspec

from purpose_agent.evaluation.checks.records import CitedWords, NotThere
from purpose_agent.evaluation.suite_records import QUESTION, Suite, SuiteError, TaskRow, suite_of
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.answer_care import KeptQuestion, kept_questions
from purpose_agent.types import Source
from purpose_agent.vault.answers.checking import check_answer
from purpose_agent.vault.answers.citations import read_sentences
from purpose_agent.vault.self_test import Candidate, Question, questions, sentence_behind
from purpose_agent.vault.vault import Vault

SHARE = 0.6
"""Of the words of the known answer that carry meaning; its numbers have to stand in the answer all."""
_ASKS = "What do the documents say about: {words}?"


def suite_of_vault(
    workspace: Workspace, vault: Vault, *, name: str = "", kept: bool = True, made_up: int = 20, seed: int = 0
) -> Suite:
    """Raises SuiteError when there is nothing to ask about.

    kept     take the questions that were kept in this workspace and answered from this vault.
    made_up  how many more are made from its passages; the same for the same seed.
    """
    rows = [_kept_row(question, vault) for question in (kept_questions(workspace, vault.vault_id) if kept else ())]
    if made_up:
        rows += _made_up(vault, made_up, seed)
    if not rows:
        raise SuiteError(
            f"“{vault.title}” gives no questions: none was kept, and none can be made.",
            "Put documents with whole sentences in, or keep an answer that is right with “Keep as a case”.",
        )
    numbered = [_renamed(row, number) for number, row in enumerate(rows, 1)]
    return suite_of(numbered, name=name or vault.title, title=f"Questions about {vault.title}", origin=vault.title)


def _kept_row(kept: KeptQuestion, vault: Vault) -> TaskRow:
    """The answer that was right, or that the documents do not tell, if this was right."""
    sources = [source for source in kept.sources if source.vault == vault.vault_id]
    is_refusal = check_answer(kept.question, kept.answer, ()).refused
    said = " ".join(sentence.text for sentence in read_sentences(kept.answer))
    return TaskRow(
        task_id="kept",
        text=" ".join(kept.question.split()),
        kind=QUESTION,
        family=_family(sources),
        check=NotThere() if is_refusal else CitedWords(answers=(said,), share=SHARE),
        vaults=(vault.vault_id,),
    )


def _made_up(vault: Vault, n: int, seed: int) -> list[TaskRow]:
    passages = {
        passage.chunk_id: Candidate(chunk_id=passage.chunk_id, document=document.name, text=passage.text)
        for document in vault.documents
        for passage in vault.passages_of(document.doc_id)
        if passage.decision != "hide"
    }
    asked = questions(list(passages.values()), n, seed=seed)
    return [row for question in asked if (row := _made_up_row(question, passages[question.chunk_id], vault))]


def _made_up_row(question: Question, passage: Candidate, vault: Vault) -> TaskRow | None:
    sentence = sentence_behind(question, passage.text)
    if not sentence:
        return None
    return TaskRow(
        task_id="made",
        text=_ASKS.format(words=question.text.replace(" ", ", ")),
        kind=QUESTION,
        family=question.document,
        check=CitedWords(answers=(sentence,), share=SHARE, documents=(question.document,)),
        vaults=(vault.vault_id,),
    )


def _family(sources: Sequence[Source]) -> str:
    return sources[0].name if sources else ""


def _renamed(row: TaskRow, number: int) -> TaskRow:
    return msgspec.structs.replace(row, task_id=f"{row.task_id}-{number}")
