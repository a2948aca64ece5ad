"""Lesson after lesson at a terminal: what it says, why it is there, what is known, and a decision by one key."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import questionary
from rich.text import Text

from purpose_agent.cli.console import Screen, plain
from purpose_agent.errors import PurposeError
from purpose_agent.memory import lesson_words
from purpose_agent.memory.inbox import LATER, InboxItem, Recent
from purpose_agent.memory.replay_evidence import replay_of
from purpose_agent.memory.risk import PERSON
from purpose_agent.runtime.events import now

if TYPE_CHECKING:
    from purpose_agent.memory.fold import CardView
    from purpose_agent.teams.service import Engine

DAY = 20
"""Lessons in one sitting; what comes after it waits better for another day."""
_MARK = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim"}


class Ended(Exception):
    """The person stopped."""


def walk(engine: "Engine", items: Sequence[InboxItem], screen: Screen) -> None:
    """Until the person stops, nothing waits any more, or a day's work is done."""
    decided: list[str] = []
    queue = list(items)
    try:
        while queue:
            if len(decided) == DAY and not _yes(f"That were {DAY}, enough for a day. Go on?"):
                break
            item = queue.pop(0)
            answer = _one(engine, item, screen, can_undo=bool(decided))
            if answer == "undo":
                view = engine.lessons.undo(decided.pop())
                screen.tell(f"Taken back: {view.text}")
                queue.insert(0, item)
            elif answer == "later":
                queue.append(item)
            elif answer in ("approve", "edit", "reject"):
                decided.append(item.card_id)
    except Ended:
        pass
    screen.result(f"{len(decided)} decided, {engine.memory.waiting} still wait.")


def _one(engine: "Engine", item: InboxItem, screen: Screen, *, can_undo: bool) -> str:
    view = item.view
    _show(item, screen)
    choices = [
        questionary.Choice("approve", "approve", shortcut_key="a"),
        questionary.Choice("edit and approve", "edit", shortcut_key="e"),
        questionary.Choice("turn down", "reject", shortcut_key="r"),
        questionary.Choice("later", "later", shortcut_key="l"),
        *([questionary.Choice("undo the last decision", "undo", shortcut_key="u")] if can_undo else []),
        questionary.Choice("stop", "stop", shortcut_key="q"),
    ]
    while True:
        answer = _ask(questionary.select("Your decision:", choices, use_shortcuts=True))
        if answer == "stop":
            raise Ended
        try:
            _do(engine, view, answer)
        except PurposeError as error:
            screen.tell(f"{error.what} {error.fix}", style="red")
        else:
            return answer


def _do(engine: "Engine", view: "CardView", answer: str) -> None:
    lessons, version = engine.lessons, view.card.version
    match answer:
        case "approve":
            critical = any(finding.severity == "critical" for finding in view.findings)
            reason = _ask(questionary.text("Why may it be used all the same?")) if critical else ""
            lessons.approve(view.card_id, reason=reason, version=version)
        case "edit":
            when, do, why, unless = (
                _ask(questionary.text(f"{name}:", default=getattr(view.card, name)))
                for name in ("when", "do", "why", "unless")
            )
            lessons.edit(view.card_id, approve=True, when=when, do=do, why=why, unless=unless)
        case "reject":
            lessons.reject(view.card_id, reason=_ask(questionary.text("Why? (may be empty)")), version=version)
        case "later":
            lessons.note(view.card_id, by=PERSON, reason="later", evidence={LATER: now().isoformat()})
        case _:
            pass


def _show(item: InboxItem, screen: Screen) -> None:
    view = item.view
    text = Text(f"\n{plain(view.text)}", style="bold")
    for finding in view.findings:
        text.stylize(_MARK[finding.severity], finding.start + 1, finding.end + 1)
    screen.err.print(text, soft_wrap=True)
    told = [
        lesson_words.why_it_exists(view.card, view.seen),
        *lesson_words.scanners_say(view.findings),
        *lesson_words.replay_says(replay_of(view)),
        lesson_words.what_changes(view.card, Recent()),
        f"Risk: {item.risk.tier}" + (f" ({'; '.join(item.risk.reasons)})" if item.risk.reasons else ""),
    ]
    for sentence in told:
        screen.tell(f"  {sentence}", style="dim")


def _yes(question: str) -> bool:
    return bool(_ask(questionary.confirm(question, default=False)))


def _ask(question: questionary.Question) -> str:
    try:
        answer = question.unsafe_ask()
    except (KeyboardInterrupt, EOFError):
        raise Ended from None
    finally:
        sys.stdout.flush()
    return answer if isinstance(answer, str) else ("yes" if answer else "")
