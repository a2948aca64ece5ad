"""The tosses of the coin that left lessons out of prompts: the only fair comparison that daily work offers."""

import sqlite3
from typing import NamedTuple

from purpose_agent.memory.credit_log import counted_runs, rewrites


class Toss(NamedTuple):
    """One lesson in one live run that could have been left out, and how the run went.

    place   rises from toss to toss; run_id: whose runs they were, in the order in which they ended.
    shown   whether it was in the prompt. chance: with which it was to be left out, strictly between 0 and 1.
    """

    place: int
    run_id: str
    card_id: str
    version: int
    kind: str
    shown: bool
    chance: float
    success: bool
    phi: float | None


def tosses(db: sqlite3.Connection, after: int = 0) -> list[Toss]:
    """Those behind the place `after`, oldest first; outcomes as they stand, after what a person said of them later."""
    found = db.execute(
        "SELECT id, run_id, card_id, task_kind, in_prompt, chance, success, phi FROM credits"
        " WHERE id > ? AND source = 'live' AND chance > 0 AND chance < 1 AND card_id <> '' ORDER BY id",
        (after,),
    )
    standing = {run.run_id: run.success for run in counted_runs(db)} if rewrites(db) else None
    made = []
    for place, run_id, key, kind, in_prompt, chance, success, phi in found:
        now = success if standing is None else standing.get(run_id)
        if now is None:
            continue
        card_id, _, version = key.partition("@")
        made.append(Toss(place, run_id, card_id, int(version or 1), kind, bool(in_prompt), chance, bool(now), phi))
    return made
