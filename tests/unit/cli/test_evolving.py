"""`memory evolve` and `memory calibrate`: what they bring waits, and they say so when there is nothing to work with."""

import pytest

from purpose_agent.teams.service import engine_for
from tests.unit.cli.conftest import Command
from tests.unit.teams.test_evolving import proven


def test_with_nothing_proven_it_says_why_nothing_is_bred(command: Command) -> None:
    done = command("memory", "evolve")
    assert done.code == 0, done.err
    assert "Nothing to breed yet" in done.out


def test_what_is_bred_waits_and_is_listed(command: Command) -> None:
    engine = engine_for()
    parent = proven(engine)
    engine.close()
    [child] = command("memory", "evolve", "--json").data
    assert (child["parents"], child["status"], child["how"]) == ([parent], "quarantined", "applies more widely")
    assert child["card_id"] in command("review").out
    assert "Nothing to breed yet" in command("memory", "evolve").out


@pytest.mark.parametrize("limit", ["0", "99"])
def test_a_limit_out_of_reach_is_told(command: Command, limit: str) -> None:
    done = command("memory", "evolve", "--limit", limit)
    assert done.code == 3
    assert "Ask for 1 to 12." in done.err


def test_calibrating_without_a_critic_or_corrections_says_so(command: Command) -> None:
    done = command("memory", "calibrate", "--model", "builtin")
    assert done.code == 3
    assert "does not judge work" in done.err
