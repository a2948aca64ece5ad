"""Lessons and moments as a person writes them at the command line: the beginning of an id, a row, a date."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import CardStatus

if TYPE_CHECKING:
    from purpose_agent.memory.ledger import CardView
    from purpose_agent.teams.service import Engine

CardId = Annotated[str, typer.Argument(help="The lesson's id, or its first characters, as the lists show it.")]
Reason = Annotated[str, typer.Option(help="Why, in a few words; kept with the decision.")]
A_MOMENT = "A row of the record (see `memory history`), or a date such as 2026-01-31T12:00."
Moment = Annotated[
    str,
    typer.Option("--to", metavar="WHEN", help=A_MOMENT),
]


def find(engine: "Engine", start: str, *statuses: CardStatus) -> "CardView":
    """The one lesson whose id begins so, among those of these statuses (none named: of any).

    Raises PurposeError when there is none, or more than one.
    """
    views = engine.memory.ledger.views(where=lambda view: bool(start) and view.card_id.startswith(start))
    matching = [view for view in views if not statuses or view.status in statuses]
    if len(matching) == 1:
        return engine.memory.ledger.card(matching[0].card_id)
    what = f"{len(matching)} lessons have an id that begins with" if matching else "No lesson here has the id"
    where = "`purpose-agent memory list`" if not statuses else "`purpose-agent review`"
    raise PurposeError(f"{what} {start!r}.", f"Take the id from the list that {where} shows.")


def moment(text: str) -> int | datetime:
    """A row's position, or a time; a time without a zone is of this machine. Raises PurposeError."""
    if text.strip().isdigit():
        return int(text)
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise PurposeError(
            f"{text!r} is neither a row of the record nor a date.",
            "Write a number from `purpose-agent memory history`, or a date such as 2026-01-31T12:00.",
        ) from None
    return found if found.tzinfo else found.astimezone()
