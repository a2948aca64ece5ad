"""Taking a person's words out of the ledger for good, without breaking its chain.

A card that holds them is put away, the words of all its rows are blanked, and one more row names which. What is left of
a row is who moved which card when: its hash stays as it was, and holds a salt that is gone with the words.
"""

from collections.abc import Sequence
from datetime import datetime

from purpose_agent.memory.ledger_rows import ERASED, erase, rows_of
from purpose_agent.memory.ledger_writing import Writing
from purpose_agent.types import JSON

REASON = "erased at a person's request"


def erase_cards(writing: Writing, card_ids: Sequence[str], at: datetime) -> int:
    """Within one transaction; the number of rows that were blanked. Credit, which holds no words, is kept."""
    blanked = 0
    for card_id in card_ids:
        writing.bring_to_rest(writing.known(card_id), REASON)
        positions = [row.position for row in rows_of(writing.db, card_id) if not row.is_erased]
        erase(writing.db, positions, at)
        named: JSON = list(positions)
        writing.name_erased(writing.known(card_id), {ERASED: named}, REASON)
        blanked += len(positions)
    return blanked
