"""Random histories of a memory, and after each of their steps every way to a prompt is searched for unapproved words.

    python -m tests.bench.gate_fuzz [histories] [first seed]

Prints histories, decisions, texts that were read and unapproved marks found (must be 0). `tests/property/test_gate.py`
does the same for a few hundred histories in the ordinary tests.
"""

import contextlib
import json
import random
import sys
from collections.abc import Sequence

from purpose_agent.core.actor import Exchange
from purpose_agent.core.critics import DeltaCritic, View
from purpose_agent.core.prompt_compiler import CompiledPrompt
from purpose_agent.core.state_delta import Delta
from purpose_agent.memory.promoted import PromotedLesson
from purpose_agent.models.backend import Reply
from purpose_agent.types import JSON, State, Task
from tests.histories import KINDS_OF_TASK, MARK, History, StoreInMemory, chosen, compiled

STEPS = 14


def marks_in_prompts(history: History, seed: int) -> tuple[int, set[str]]:
    """How many texts were read, and the marks that stood in them."""
    memory = history.memory
    view = memory.ledger.promoted()
    texts = [lesson.text for lesson in view] + [lesson.text for lesson in view.preferences()]
    texts += [view[place].card.text for place in range(len(view))]
    for kind in KINDS_OF_TASK:
        texts += [lesson.text for lesson in view.newest(kind, 50)]
        selection = chosen(memory, seed, kind)
        texts.append(compiled(selection.lessons)[0])
        texts += [use.text for use in selection.uses]
        assert all(lesson.kind != "critic_calibration" for lesson in selection.lessons), "an actor knows its judge"
        texts.append(sent_to_critic(view.for_critics(kind, 50)))
    return len(texts), {mark for text in texts for mark in MARK.findall(text)}


def sent_to_critic(lessons: Sequence[PromotedLesson]) -> str:
    """The critic's prompt, compiled as in a run."""
    sent: list[str] = []

    async def ask(prompt: CompiledPrompt, schema: dict[str, JSON]) -> Exchange:
        sent.append(prompt.text)
        return Exchange(prompt, Reply(text="{}"))

    critic = DeltaCritic(ask, name="critic", tier="judge", lessons=lessons)
    view = View(purpose="Write", task=Task(text="Write"), before=State(), after=State(), delta=Delta())
    with contextlib.suppress(StopIteration):
        critic.judge(view).send(None)  # it awaits nothing but `ask`
    return sent[0]


def check(seed: int, steps: int = STEPS) -> tuple[int, int]:
    """One history; texts read and decisions refused. Raises AssertionError with the seed that shows the leak."""
    store = StoreInMemory()
    history, read, refused = History(store, random.Random(seed)), 0, 0
    for _ in range(steps):
        refused += history.step().endswith("refused")
        with history.clock.at(history.clock()):
            allowed = history.approved
            count, found = marks_in_prompts(history, seed)
            in_use = {mark for lesson in history.memory.ledger.promoted() for mark in MARK.findall(lesson.text)}
        read += count
        assert found <= allowed, f"{seed=}: {found - allowed} stood in a prompt"
        assert in_use == allowed, f"{seed=}: {in_use ^ allowed}"
    store.close()
    return read, refused


def main(histories: int = 1_000, first: int = 0) -> None:
    read = refused = 0
    for seed in range(first, first + histories):
        texts, no = check(seed)
        read, refused = read + texts, refused + no
    steps = histories * STEPS
    print(json.dumps({"histories": histories, "steps": steps, "refused": refused, "texts_read": read, "leaks": 0}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
