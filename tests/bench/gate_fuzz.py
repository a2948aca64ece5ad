"""Random histories of a memory, and after each of their steps every way to a prompt is searched for unapproved words.

    python -m tests.bench.gate_fuzz [histories] [first seed]

Prints histories, decisions, texts that were read and unapproved marks found (must be 0). `tests/property/test_gate.py`
does the same for a few hundred histories in the ordinary tests.
"""

import json
import random
import sys

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
    return len(texts), {mark for text in texts for mark in MARK.findall(text)}


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
