"""Random histories with prompts logged on the way; each is made again later and has to be the same to the byte.

    python -m tests.bench.rollback_exam [histories] [first seed]

Three ways back to a logged prompt, each compared by its hash: a look at that moment (`as_of`), the whole memory rolled
back to it and chosen from anew, and rolled forward again. Prints the misses of each (must be 0).
"""

import json
import random
import sys
from collections import Counter
from datetime import datetime

from purpose_agent.memory.ledger import Ledger
from purpose_agent.memory.memory import Memory
from purpose_agent.types import LessonUse
from tests.histories import KINDS_OF_TASK, History, StoreInMemory, chosen, compiled

STEPS = 18
LOGGED = 4


def looked_up(ledger: Ledger, moment: datetime, uses: tuple[LessonUse, ...]) -> str:
    view = ledger.as_of(moment).promoted()
    lessons = [view.get(use.card_id) for use in uses if not use.withheld]
    return compiled([lesson for lesson in lessons if lesson is not None])[1]


def check(seed: int) -> Counter[str]:
    """One history; what was missed, by way."""
    store = StoreInMemory()
    rng = random.Random(seed)
    history = History(store, rng)
    logged: list[tuple[datetime, str, str, tuple[LessonUse, ...]]] = []
    points = set(rng.sample(range(2, STEPS), LOGGED))
    for number in range(STEPS):
        history.step()
        if number in points:
            kind = rng.choice(KINDS_OF_TASK)
            moment = history.clock()
            with history.clock.at(moment):
                selection = chosen(history.memory, seed, kind)
            logged.append((moment, kind, compiled(selection.lessons)[1], selection.uses))
    missed: Counter[str] = Counter()
    memory = history.memory
    for moment, kind, sha, uses in rng.sample(logged, len(logged)):
        missed["as_of"] += looked_up(memory.ledger, moment, uses) != sha
        before = history.clock()
        with history.clock.at(before):
            now = compiled(chosen(memory, seed, kind).lessons)[1]
        memory.ledger.rollback(moment, by="person")
        another = Memory(store, clock=history.clock)  # a process that has seen nothing of all this
        with history.clock.at(moment):  # what has lapsed since had not lapsed then
            missed["rolled_back"] += compiled(chosen(another, seed, kind).lessons)[1] != sha
        memory.ledger.rollback(before, by="person")
        with history.clock.at(before):
            missed["forward_again"] += compiled(chosen(memory, seed, kind).lessons)[1] != now
        missed["prompts"] += 1
    assert memory.ledger.verify().ok, f"{seed=}"
    store.close()
    return missed


def main(histories: int = 1_000, first: int = 0) -> None:
    missed: Counter[str] = Counter()
    for seed in range(first, first + histories):
        found = check(seed)
        missed += found
        if found["as_of"] or found["rolled_back"] or found["forward_again"]:
            print(f"missed: {seed=} {dict(found)}")
    names = ("as_of", "rolled_back", "forward_again")
    print(json.dumps({"histories": histories, "prompts": missed["prompts"], **{name: missed[name] for name in names}}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
