"""A look at a whole suite: how its tasks are checked, and what a person should know before measuring with it.

A suite that can be read has no broken check (`checks/faults.py`). What is told here does not stop it from being used;
it says what a study of it could not show, or which answers would wait.
"""

from collections import Counter
from collections.abc import Collection, Iterable

import msgspec

from purpose_agent.evaluation.checks.plain_words import plain_words
from purpose_agent.evaluation.checks.records import ByPerson, HiddenTests, Rubric
from purpose_agent.evaluation.checks.telling import GIVEN, NOTHING, kind_of, told
from purpose_agent.evaluation.suite_records import Suite, SuiteTask, row_of

FEW_TASKS = 20
"""With fewer, a study never says “no clear change”: so few tasks could not have shown a clear difference."""
_NAMED = 3


def how_checked(suite: Suite) -> dict[str, int]:
    """How many tasks are decided by what, in words; most of them first."""
    return dict(Counter(kind_of(item.check, item.task.tests) for item in suite.tasks).most_common())


def size_words(suite: Suite) -> str:
    """`54 tasks in 8 families, checked by hidden tests`; several ways of checking with how many tasks each."""
    families = len(suite.families)
    size = _tasks(len(suite.tasks))
    if families:
        size += f" in {families:,} famil{'y' if families == 1 else 'ies'}"
    ways = {way.replace(",", ""): n for way, n in how_checked(suite).items()}
    if len(ways) == 1:
        (way,) = ways
        return f"{size}, checked by {way}"
    return f"{size}; checked by " + ", ".join(f"{way} ({n:,})" for way, n in ways.items())


def found_tasks(suite: Suite, sought: str, family: str = "") -> list[tuple[int, SuiteTask]]:
    """Tasks with all these words in their id, text, family or check, with their places in the suite, from 1."""
    wanted = sought.casefold().split()
    return [
        (place, item)
        for place, item in enumerate(suite.tasks, 1)
        if (not family or item.family == family) and (not wanted or all(word in _all_of(item) for word in wanted))
    ]


def remarks(suite: Suite, *, vaults: Collection[str], judge: str, code_runs: bool) -> tuple[str, ...]:
    """Sentences, the gravest first; nothing when all is well.

    vaults     ids of those that are in the workspace.
    judge      the model that decides by rubrics which name none; "" = nobody chose one.
    code_runs  whether programs may run here, so that tests can.
    """
    found = [
        _nothing_decides(suite),
        _gone(suite, vaults),
        _no_judge(suite, judge),
        "" if code_runs else _no_code(suite),
        _shown_tests_only(suite),
        _twice(suite),
        _by_hand(suite),
        _few(suite),
    ]
    return tuple(remark for remark in found if remark)


def changes(old: Suite, new: Suite) -> str:
    """`3 tasks are new, 1 is changed, 48 stay`: what a new version has that the one before had not, by their ids."""
    before = {item.task.task_id: row_of(item) for item in old.tasks}
    after = {item.task.task_id: row_of(item) for item in new.tasks}
    both = before.keys() & after.keys()
    stay = sum(before[task_id] == after[task_id] for task_id in both)
    differences = (
        (len(after.keys() - before.keys()), "is new", "are new"),
        (len(both) - stay, "is changed", "are changed"),
        (len(before.keys() - after.keys()), "goes", "go"),
        (stay, "stays", "stay"),
    )
    parts = [f"{n:,} {one if n == 1 else several}" for n, one, several in differences if n]
    first, *others = parts
    n, _, rest = first.partition(" ")
    return ", ".join([f"{n} task{'s' * (n != '1')} {rest}", *others])


def joined(old: Suite, more: Suite) -> Suite:
    """The tasks of a suite and those of another behind them; one with the same id takes the old one's place."""
    newer = {item.task.task_id: item for item in more.tasks}
    tasks = [newer.pop(item.task.task_id, item) for item in old.tasks]
    named = [
        msgspec.structs.replace(item, task=msgspec.structs.replace(item.task, suite=old.name))
        for item in (*tasks, *newer.values())
    ]
    return msgspec.structs.replace(old, tasks=tuple(named))


def _all_of(item: SuiteTask) -> str:
    task = item.task
    return " ".join(
        (task.task_id, task.text, item.family, told(item.check, task.tests), kind_of(item.check, task.tests))
    ).casefold()


def _nothing_decides(suite: Suite) -> str:
    bare = [item for item in suite.tasks if kind_of(item.check, item.task.tests) == NOTHING]
    return _say(bare, "has nothing that decides", "have nothing that decides", "cannot count in a study")


def _gone(suite: Suite, vaults: Collection[str]) -> str:
    lost = [item for item in suite.tasks if any(vault not in vaults for vault in item.vaults)]
    return _say(lost, "asks a vault that is not here", "ask a vault that is not here", "cannot be answered")


def _no_judge(suite: Suite, judge: str) -> str:
    asked = [item for item in suite.tasks if isinstance(item.check, Rubric) and not item.check.judge]
    if judge:
        return ""
    return _say(asked, "needs a judge, and none is chosen", "need a judge, and none is chosen", "will wait for you")


def _no_code(suite: Suite) -> str:
    tested = [item for item in suite.tasks if isinstance(item.check, HiddenTests) or item.task.tests]
    return _say(tested, "is checked by tests, and code is off here", "are checked by tests, and code is off here", "")


def _shown_tests_only(suite: Suite) -> str:
    shown = [item for item in suite.tasks if kind_of(item.check, item.task.tests) == GIVEN]
    return _say(
        shown,
        "is decided by tests that it shows",
        "are decided by tests that they show",
        "can be answered to the tests alone; hold some of them back",
    )


def _twice(suite: Suite) -> str:
    seen: dict[tuple[object, ...], SuiteTask] = {}
    again = []
    for item in suite.tasks:
        said = (*plain_words(item.task.text), *item.task.context, *item.task.tests)
        if seen.setdefault(said, item) is not item:
            again.append(item)
    return _say(again, "says the same as an earlier one", "say the same as an earlier one", "")


def _by_hand(suite: Suite) -> str:
    yours = sum(isinstance(item.check, ByPerson) for item in suite.tasks)
    if not yours:
        return ""
    return f"{_tasks(yours)} {'waits' if yours == 1 else 'wait'} for your word after each run."


def _few(suite: Suite) -> str:
    n = len(suite.tasks)
    if n >= FEW_TASKS:
        return ""
    return f"With {_tasks(n)} a study can never say “no clear change”; that takes {FEW_TASKS} or more."


def _say(items: Iterable[SuiteTask], one: str, several: str, so: str) -> str:
    found = list(items)
    if not found:
        return ""
    names = ", ".join(item.task.task_id for item in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    said = f"{_tasks(len(found))} {one if len(found) == 1 else several} ({names}{more})"
    return f"{said}: {'it' if len(found) == 1 else 'they'} {so}." if so else f"{said}."


def _tasks(n: int) -> str:
    return f"{n:,} task{'s' * (n != 1)}"
