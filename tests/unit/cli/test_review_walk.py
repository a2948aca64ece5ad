"""The walk through waiting lessons, key by key at a real pseudo-terminal."""

import sys
from pathlib import Path

import pytest

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.teams.service import engine_for
from tests.unit.cli.terminal import at_terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a Unix thing")
ASKED = rb"Risk:.*arrow keys"


def waiting(home: Path) -> list[str]:
    engine = engine_for(home)
    ids = [
        engine.memory.ledger.add_candidate(
            MemoryCard(kind="skill_card", when="numbers come", do=do, scope=Scope(task_kind="code")),
            actor="extractor",
            reason="solved",
        ).card_id
        for do in ("Sum them.", "Sort them.", "Count them.")
    ]
    engine.close()
    return ids


def test_lessons_are_approved_turned_down_and_taken_back_with_single_keys(tmp_path: Path) -> None:
    ids = waiting(tmp_path)
    shown = at_terminal(
        ["review", "--home", str(tmp_path)],
        (ASKED, b"a\r"),
        (ASKED, b"u\r"),
        (ASKED, b"a\r"),
        (ASKED, b"r\r"),
        (rb"may be empty", b"not true\r"),
        (ASKED, b"q\r"),
    )
    assert "The scanners found nothing in it." in shown
    assert "2 decided, 1 still wait" in shown
    engine = engine_for(tmp_path)
    statuses = sorted(engine.memory.ledger.card(card_id).status for card_id in ids)
    reasons = {engine.memory.ledger.card(card_id).reason for card_id in ids}
    engine.close()
    assert statuses == ["promoted", "quarantined", "rejected"]
    assert "not true" in reasons
