"""`Vault.ask`: a question to the documents of one vault, outside of any team's run.

Whether the documents answer is judged first, by words and meaning: a language model is not asked what is beyond them,
and where it is in doubt the answer says so. What was written is checked sentence by sentence.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from purpose_agent.models.backend import Backend, Message
from purpose_agent.models.builtin.extractive import answer_from_sources
from purpose_agent.models.embedding.choose import best_shipped_embedder
from purpose_agent.models.prompt_sections import render
from purpose_agent.models.resolve import resolve_backend
from purpose_agent.vault.answers.cited import CitedAnswer, cited
from purpose_agent.vault.answers.instructions import READER
from purpose_agent.vault.answers.refusal import NOT_THERE, verdict_on, with_doubt
from purpose_agent.vault.errors import VaultError
from purpose_agent.vault.quoting import held_back, quoted

if TYPE_CHECKING:
    from purpose_agent.vault.vault import Vault


def ask(vault: "Vault", question: str, model: "str | Backend | None" = None) -> CitedAnswer:
    """Raises PurposeError for an empty question, a vault without text, and a model that is not there."""
    question = " ".join(question.split())
    if not question:
        raise VaultError("The question is empty.", "Write what you want to know.")
    if not vault.info().ready:
        raise VaultError(
            "No document of this vault has text in it.", "Put one in, or look at its health for the reason."
        )
    grounds = vault.grounds(question)
    told = quoted(grounds.passages)
    notices = (*held_back(grounds.held), *told.notices)
    embedder = best_shipped_embedder()
    verdict = verdict_on(question, told.texts, embedder)
    chosen = model if model is not None and not isinstance(model, str) else resolve_backend(model).backend
    if verdict.standing == "beyond" or (verdict.standing == "doubtful" and _is_builtin(chosen)):
        return CitedAnswer(question=question, text=f"{NOT_THERE} {verdict.why}", refused=True, notices=notices)
    answer = _written(chosen, question, told.texts)
    sources = [passage.source(vault.vault_id) for passage in grounds.passages]
    found = cited(question, answer, told.texts, sources, embedder=embedder, notices=notices, model=chosen.name)
    return with_doubt(found, verdict)


def _is_builtin(backend: Backend) -> bool:
    return backend.name.startswith("builtin:")


def _written(backend: Backend, question: str, texts: tuple[str, ...]) -> str:
    if _is_builtin(backend):
        return answer_from_sources(question, "\n\n".join(texts), best_shipped_embedder()) or NOT_THERE
    prompt = render({"Role": READER, "Task": question, "Sources": "\n\n".join(texts)})

    async def generate() -> str:
        reply = await backend.generate([Message(role="user", content=prompt)])
        return reply.text.strip()

    with ThreadPoolExecutor(max_workers=1) as apart:  # the caller may be inside a running event loop
        return apart.submit(asyncio.run, generate()).result() or NOT_THERE
