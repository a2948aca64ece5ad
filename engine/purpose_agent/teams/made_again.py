"""Proof that the record is whole: what a run was sent, made again from the ledger as it stood then, to the byte."""

import asyncio
from typing import TYPE_CHECKING

from purpose_agent.errors import PurposeError
from purpose_agent.runtime.events import ModelRequest, RunStarted
from purpose_agent.teams.run_jobs import requests_of
from purpose_agent.types import Record

if TYPE_CHECKING:
    from purpose_agent.teams.service import Engine


class MadeAgain(Record, frozen=True, kw_only=True):
    """`text` is what comes out now; the hashes are of this and of what was sent then."""

    run_id: str
    text: str
    sha256: str
    sent_sha256: str

    @property
    def is_same(self) -> bool:
        return self.sha256 == self.sent_sha256


def made_again(engine: "Engine", run_id: str) -> MadeAgain:
    events = engine.events(run_id)
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    sent = next((event for event in events if isinstance(event, ModelRequest) and event.purpose == "actor"), None)
    job = engine.job_of(run_id)
    request = next((each for each in requests_of(job) if each.run_id == run_id), None) if job else None
    if started is None or sent is None or request is None:
        raise PurposeError("Nothing is kept of how this run began.", "Look at its prompts as they were sent.")
    if request.live or request.trial is not None:
        raise PurposeError(
            "This run used objects of a program, or tried lessons that wait.", "Look at its prompts as they were sent."
        )
    in_use = engine.memory.ledger.as_of(started.at).promoted()
    prompt = asyncio.run(engine.execution.first_prompt(request, in_use))
    return MadeAgain(run_id=run_id, text=prompt.text, sha256=prompt.sha256, sent_sha256=sent.prompt_sha256)
