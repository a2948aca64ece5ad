"""`purpose-agent memory`: all that was learned, its history, and going back."""

import json as json_of_python
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from purpose_agent.cli.console import Screen
from purpose_agent.cli.exit_codes import RUN_FAILED
from purpose_agent.cli.lesson_ids import A_MOMENT, CardId, Moment, Reason, find, moment
from purpose_agent.cli.options import Details, Home, Json, engine_at
from purpose_agent.errors import PurposeError
from purpose_agent.memory import lesson_words
from purpose_agent.memory.cards import KINDS, STATUS_WORDS, CardKind, CardStatus
from purpose_agent.memory.chain import Verification, verify_rows
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.ledger_rows import LedgerRow, imported
from purpose_agent.memory.replay_evidence import replay_of

if TYPE_CHECKING:
    from purpose_agent.teams.service import Engine

_MOST = 50

memory = typer.Typer(help="Look after what was learned: list, history, going back, audit.")

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
Status = Annotated[CardStatus | None, typer.Option(help="Only lessons that stand so.")]


@memory.command("list")
def list_lessons(
    text: Annotated[str, typer.Argument(help="Words to look for in the lessons.")] = "",
    status: Status = None,
    kind: Annotated[CardKind | None, typer.Option(help=f"One of {', '.join(KINDS)}.")] = None,
    author: Annotated[str, typer.Option(help="Who wrote it: person, extractor, or a model.")] = "",
    task_kind: Annotated[str, typer.Option(help="The kind of task that it is for, or how that begins.")] = "",
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """List lessons, newest first."""
    screen = Screen.make(json=json)

    def wanted(view: CardView) -> bool:
        card = view.card
        return (
            (kind is None or card.kind == kind)
            and (not author or card.author == author)
            and card.scope.task_kind.startswith(task_kind)
        )

    with engine_at(home) as engine:
        views = engine.memory.ledger.cards(status=status, text=text, limit=10**6, where=wanted)
    screen.data([_as_data(view) for view in views])
    if not views:
        screen.result("No lesson is like that.")
        return
    rows = [
        (view.card_id, STATUS_WORDS[view.status], view.text, lesson_words.effect_short(view.effect))
        for view in views[:_MOST]
    ]
    screen.table("", ("Id", "Stands", "Lesson", "Worth, tasks in 100"), rows)
    if len(views) > _MOST:
        screen.tell(f"and {len(views) - _MOST:,} more; add words to look for, or --json for all")


@memory.command()
def show(card_id: CardId, home: Home = None, json: Json = False, details: Details = False) -> None:
    """Show all about one lesson."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        view = find(engine, card_id)
        rows = engine.memory.ledger.history(view.card_id)
    screen.data({**_as_data(view), "evidence": view.evidence, "history": [_row_as_data(row) for row in rows]})
    card = view.card
    screen.result(f"{view.text}\n")
    told = [
        f"Stands: {STATUS_WORDS[view.status]}, since {view.changed_at.astimezone():%Y-%m-%d %H:%M}"
        f" by {lesson_words.who(view.changed_by)}" + (f": {view.reason}" if view.reason else ""),
        f"For: {lesson_words.scope_says(card.scope)}",
        lesson_words.why_it_exists(card, view.seen) + (f" Run: {card.source_run}" if card.source_run else ""),
        *lesson_words.scanners_say(view.findings),
        f"Worth: {lesson_words.effect_says(view.effect)} We know it {lesson_words.how_we_know(view)}.",
        *lesson_words.replay_says(replay_of(view)),
        *([f"Lapses: {card.expires.astimezone():%Y-%m-%d %H:%M}"] if card.expires else []),
        *([f"Learned on: {card.environment}"] if card.environment else []),
    ]
    for sentence in told:
        screen.result(f"  {sentence}")
    screen.result("")
    _tell_rows(screen, rows)


@memory.command()
def history(
    card_id: Annotated[str, typer.Argument(help="A lesson's id, or how it begins; without it the whole record.")] = "",
    limit: Annotated[int, typer.Option(help="How many of the latest rows.", min=1)] = _MOST,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Who decided what about which lesson, when and why."""
    from purpose_agent.memory.decisions import decisions

    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        if card_id:
            rows = engine.memory.ledger.history(find(engine, card_id).card_id)[-limit:]
        else:
            rows = decisions(engine.workspace.journal, limit=limit)[::-1]
        texts = {row.card_id: engine.memory.ledger.card(row.card_id).text for row in rows}
    screen.data([_row_as_data(row) for row in rows])
    _tell_rows(screen, rows, texts if not card_id else None)
    if not rows:
        screen.result("Nothing has been decided yet.")


@memory.command()
def verify(
    file: Annotated[Path | None, typer.Option(help="Check an exported record instead, from the file alone.")] = None,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Check that no row of the record of lessons was changed, moved or taken away."""
    screen = Screen.make(json=json)
    if file is not None:
        found = verify_rows(imported(line) for line in _lines(file))
    else:
        with engine_at(home) as engine:
            found = engine.memory.ledger.verify()
    screen.data(found)
    screen.result(_verdict(found))
    if not found.ok:
        raise typer.Exit(RUN_FAILED)


@memory.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write, one row a line.")],
    as_of: Annotated[str, typer.Option(metavar="WHEN", help="Only up to a row or a date.")] = "",
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Write the whole record of lessons, every status and decision, with the hashes to check it.

    It is a record for an audit: it also holds lessons that were turned down and are in no prompt.
    """
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        last = engine.memory.ledger.as_of(moment(as_of)).position if as_of else None
        lines = [line for line in engine.memory.ledger.export() if last is None or _position(line) <= last]
    try:
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise PurposeError(f"{file} cannot be written.", "Choose another file.", details=str(error)) from error
    screen.data({"file": str(file), "rows": len(lines)})
    screen.result(f"{len(lines):,} rows in {file}. Check them anywhere: purpose-agent memory verify --file {file}")


@memory.command("as-of")
def as_of(
    when: Annotated[str, typer.Argument(metavar="WHEN", help=A_MOMENT)],
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Show the lessons that were in use at an earlier moment."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        look = engine.memory.ledger.as_of(moment(when))
        lessons = [(lesson.card_id, lesson.text) for lesson in look.promoted()]
    screen.data([{"card_id": card_id, "text": text} for card_id, text in lessons])
    if lessons:
        screen.table("", ("Id", "In use then"), lessons)
    else:
        screen.result("No lesson was in use then.")


@memory.command()
def rollback(
    to: Moment,
    card_id: Annotated[str, typer.Argument(help="One lesson; without it the whole memory goes back.")] = "",
    reason: Reason = "",
    yes: Yes = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Bring one lesson, or the whole memory, back to how it stood. Nothing is lost by it."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        ledger = engine.memory.ledger
        moved_to, before = moment(to), ledger.position
        card_ids = [find(engine, card_id).card_id] if card_id else None
        changes = list(_changes(engine, moved_to, card_ids))
        for line in changes:
            screen.tell(f"  {line}")
        if changes and not yes and not json:
            typer.confirm(f"Bring {len(changes)} lessons back?", abort=True, err=True)
        moved = engine.lessons.rollback(moved_to, reason=reason, card_ids=card_ids)
    screen.data({"moved": [view.card_id for view in moved], "back": before})
    if not moved:
        screen.result("Everything stands as it stood then.")
        return
    screen.result(f"{len(moved)} lessons went back. To come forward again: purpose-agent memory rollback --to {before}")


@memory.command()
def forget(
    terms: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS…", help="Names, addresses, numbers of a person.")
    ] = None,
    user: Annotated[str, typer.Option(help="Also the lessons that are for this user alone.")] = "",
    reason: Reason = "",
    yes: Yes = False,
    home: Home = None,
    json: Json = False,
    details: Details = False,
) -> None:
    """Take a person's data out of everything that is kept here, and prove that it is gone. It cannot be undone."""
    screen = Screen.make(json=json)
    with engine_at(home) as engine:
        plan = engine.plan_erasure(terms or (), user)
        screen.tell(str(plan))
        if plan.is_empty:
            screen.data({"found": {}})
            return
        if not yes and not json:
            typer.confirm("Take all of this out for good?", abort=True, err=True)
        report = engine.erase(plan, reason=reason)
    screen.data(report)
    if report.is_proven:
        screen.result(f"Gone: {report.files_read} files were read byte by byte and hold none of these words.")
    else:
        screen.result("Still there, in: " + ", ".join(report.still_there))
    screen.tell(report.not_reached)
    if not report.is_proven:
        raise typer.Exit(RUN_FAILED)


def _changes(engine: "Engine", to: object, card_ids: list[str] | None) -> Iterator[str]:
    """What a roll-back would change, a line a lesson."""
    ledger = engine.memory.ledger
    then = {view.card_id: view for view in ledger.as_of(to).cards()}  # type: ignore[arg-type]
    for view in ledger.views():
        if card_ids is not None and view.card_id not in card_ids:
            continue
        before = then.get(view.card_id)
        if before is None and view.status in ("quarantined", "promoted"):
            yield f"{view.card_id}  {STATUS_WORDS[view.status]} → put away (it was not there yet): {view.text}"
        elif before is not None and (before.status, before.card) != (view.status, view.card):
            yield f"{view.card_id}  {STATUS_WORDS[view.status]} → {STATUS_WORDS[before.status]}: {before.text}"


def _verdict(found: Verification) -> str:
    if found.ok:
        erased = f", {found.erased:,} of them erased at a person's request" if found.erased else ""
        return f"Whole: {found.rows:,} rows{erased}. Last hash: {found.head or 'none yet'}"
    return f"Damaged at row {found.broken_at}: {found.why} The {found.rows:,} rows before it are whole."


def _lines(file: Path) -> Iterator[str]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fix = "Give the path of an exported record."
        raise PurposeError(f"{file} cannot be read.", fix, details=str(error)) from error
    for number, line in enumerate(text.splitlines(), 1):
        try:
            imported(line)
        except (msgspec.MsgspecError, KeyError, ValueError) as error:
            raise PurposeError(
                f"Line {number} of {file} is no row of a record of lessons.", "Export it again.", details=str(error)
            ) from error
        yield line


def _position(line: str) -> int:
    return int(json_of_python.loads(line)["position"])


def _as_data(view: CardView) -> dict[str, object]:
    return {
        **msgspec.to_builtins(view.card),
        "status": view.status,
        "worth": lesson_words.effect_says(view.effect),
        "how_we_know": lesson_words.how_we_know(view),
    }


def _row_as_data(row: LedgerRow) -> dict[str, object]:
    return {**msgspec.to_builtins(row), "what": lesson_words.move_says(row)}


def _tell_rows(screen: Screen, rows: list[LedgerRow], texts: dict[str, str] | None = None) -> None:
    if not rows:
        return
    columns = ("#Row", "When", "Who", "What", "Why", *(("Lesson",) if texts else ()))
    screen.table("", columns, [
        (
            str(row.position), f"{row.at.astimezone():%Y-%m-%d %H:%M:%S}", lesson_words.who(row.actor),
            lesson_words.move_says(row), row.reason, *((texts[row.card_id],) if texts else ()),
        )
        for row in rows
    ])  # fmt: skip
