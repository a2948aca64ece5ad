"""`purpose-agent review`: decide on the lessons that wait, as the Review page does.

At a terminal it walks through them, best first; each decision is also a command of its own, for scripts.
"""

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.lesson_ids import CardId, Reason, find
from purpose_agent.cli.options import Details, Home, Json, engine_at
from purpose_agent.cli.replay_command import try_lessons
from purpose_agent.errors import PurposeError
from purpose_agent.memory import lesson_words
from purpose_agent.memory.cards import STATUS_WORDS
from purpose_agent.memory.inbox import LATER, RECENT_RUNS, InboxItem, Recent, rank
from purpose_agent.memory.replay_evidence import replay_of
from purpose_agent.memory.risk import PERSON, TIERS, RiskTier
from purpose_agent.memory.uses import recent_kinds
from purpose_agent.runtime.events import now

if TYPE_CHECKING:
    from purpose_agent.teams.service import Engine

_SHOWN = 20

review = typer.Typer(help="Decide on the lessons that wait for you.")
review.command("test")(try_lessons)

Words = Annotated[str | None, typer.Option(help="New words for this part of the lesson.")]


def waiting(engine: "Engine") -> list[InboxItem]:
    """All that wait, those first that are worth most to decide on."""
    ledger = engine.memory.ledger
    recent = Recent.of(recent_kinds(engine.workspace.journal, RECENT_RUNS))
    return rank(ledger.with_effects(ledger.views("quarantined")), recent)


@review.callback(invoke_without_command=True)
def decide(context: typer.Context, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Walk through the lessons that wait for you; without a terminal, list them."""
    if context.invoked_subcommand is not None:
        return
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        items = waiting(engine)
        if items and not json and sys.stdin.isatty() and sys.stdout.isatty():
            from purpose_agent.cli.review_walk import walk

            walk(engine, items, screen)
            return
    screen.data([_as_data(item) for item in items])
    if not items:
        screen.result("No lesson waits for you. Run a task; what it teaches appears here.")
        return
    rows = [(item.card_id, item.risk.tier, item.view.text, _tried(item)) for item in items[:_SHOWN]]
    screen.table("", ("Id", "Risk", "Lesson", "Tried"), rows)
    if len(items) > _SHOWN:
        screen.tell(f"and {len(items) - _SHOWN} more; --json lists all")
    screen.tell(
        "\nUse one: purpose-agent review approve ID · Turn one down: purpose-agent review reject ID"
        "\nTry them on past tasks first: purpose-agent review test"
    )


@review.command()
def approve(
    card_id: CardId, reason: Reason = "", home: Home = None, json: Json = False, details: Details = False
) -> None:
    """Let a waiting lesson be used. Against a critical finding it needs a reason."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        whole = find(engine, card_id, "quarantined", "promoted").card_id
        engine.lessons.approve(whole, reason=reason)
    screen.data({"card_id": whole, "status": "promoted"})
    screen.result("In use from the next run on.")


@review.command()
def reject(
    card_id: CardId, reason: Reason = "", home: Home = None, json: Json = False, details: Details = False
) -> None:
    """Turn a waiting lesson down, or take one back that is in use."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        view = find(engine, card_id, "quarantined", "promoted")
        in_use = view.status == "promoted"
        if in_use:
            engine.lessons.archive(view.card_id, reason=reason)
        else:
            engine.lessons.reject(view.card_id, reason=reason)
    screen.data({"card_id": view.card_id, "status": "archived" if in_use else "rejected"})
    screen.result("Taken out of use." if in_use else "Turned down.")


@review.command()
def edit(
    card_id: CardId,
    when: Words = None,
    do: Words = None,
    why: Words = None,
    unless: Words = None,
    reason: Reason = "",
    approve_it: Annotated[bool, typer.Option("--approve", help="Approve the new words too.")] = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Change a lesson's words. New words wait for a decision of their own, unless --approve is given."""
    screen = Screen.make(json=json)
    if when is do is why is unless is None:
        raise PurposeError("Nothing was given to change.", "Add --when, --do, --why or --unless with the new words.")
    with engine_at(home) as engine:
        whole = find(engine, card_id).card_id
        view = engine.lessons.edit(whole, when=when, do=do, why=why, unless=unless, reason=reason, approve=approve_it)
    screen.data({"card_id": whole, "status": view.status, "version": view.card.version, "text": view.text})
    told = {"promoted": "In use from the next run on", "rejected": f"A scanner turned it down ({view.reason})"}
    screen.result(f"{told.get(view.status, 'It waits for your decision')}: {view.text}")


@review.command()
def later(card_id: CardId, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Put a waiting lesson off: it comes last from now on."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        whole = find(engine, card_id, "quarantined").card_id
        engine.lessons.note(whole, by=PERSON, reason="later", evidence={LATER: now().isoformat()})
    screen.data({"card_id": whole, "status": "quarantined"})
    screen.result("Put off.")


@review.command()
def undo(card_id: CardId, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Take the last decision about a lesson back; again, and the one before it."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        view = engine.lessons.undo(find(engine, card_id).card_id)
    screen.data({"card_id": view.card_id, "status": view.status, "version": view.card.version})
    screen.result(f"Taken back. The lesson is {STATUS_WORDS[view.status]}: {view.text}")


@review.command()
def appeal(
    card_id: CardId, reason: Reason = "", home: Home = None, json: Json = False, details: Details = False
) -> None:
    """Let a lesson that was turned down or put away wait for a decision again."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        whole = find(engine, card_id, "rejected", "archived").card_id
        view = engine.lessons.reopen(whole, reason=reason or "appealed")
    screen.data({"card_id": whole, "status": view.status})
    told = " A scanner turned it down once more." if view.status == "rejected" else ""
    screen.result(f"The lesson is {STATUS_WORDS[view.status]}.{told}")


@review.command()
def batch(
    risk: Annotated[RiskTier, typer.Option(help="At most this risk; high and critical never go together.")] = "low",
    turn_down: Annotated[bool, typer.Option("--reject", help="Turn them down instead of approving them.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Decide on all lessons of a low risk together. Each gets a row of its own and can be undone."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        items = [item for item in waiting(engine) if item.risk.fits_a_batch and _at_most(item.risk.tier, risk)]
        for item in items:
            screen.tell(f"  {item.card_id}  {item.view.text}")
        verb = "Turn down" if turn_down else "Approve"
        if items and not yes and not json:
            typer.confirm(f"{verb} these {len(items)}?", abort=True, err=True)
        act = engine.lessons.reject if turn_down else engine.lessons.approve
        for item in items:
            act(item.card_id, reason="together with others", version=item.view.card.version)
    screen.data([item.card_id for item in items])
    screen.result(
        f"{len(items)} lessons {'turned down' if turn_down else 'approved'}." if items else "None is of so low a risk."
    )


def _at_most(tier: RiskTier, limit: Literal["low", "medium", "high", "critical"]) -> bool:
    return TIERS.index(tier) <= TIERS.index(limit)


def _tried(item: InboxItem) -> str:
    replay = replay_of(item.view)
    if replay is None:
        return "not yet"
    told = {"released": "helps", "harmful": "harms", "retired": "no hope", "waiting": "no clear change"}[replay.verdict]
    return f"{told}, {replay.tasks} tasks"


def _as_data(item: InboxItem) -> dict[str, object]:
    view = item.view
    return {
        **msgspec.to_builtins(view.card),
        "status": view.status,
        "risk": item.risk.tier,
        "reasons": item.risk.reasons,
        "findings": [lesson_words.finding_says(finding) for finding in view.findings],
        "replay": lesson_words.replay_says(replay_of(view)),
        "gain": round(item.gain, 2),
    }
