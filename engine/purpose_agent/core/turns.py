"""Whose turn it is: the agents before the one that answers prepare, those after it check.

A team works one after the other on one state. What an agent hands over becomes a fact, which the next one reads in its
prompt; there is no other channel. A draft may be sent back twice, then it stands, and the run says so.
"""

from typing import Literal

import msgspec

from purpose_agent.core.spec import AgentSpec
from purpose_agent.types import Action, Observation, Record, State

TurnKind = Literal["prepare", "answer", "check"]
MAX_ROUNDS = 2
HAND_OFF_CHARS = 2_000


class Turn(Record, frozen=True, kw_only=True):
    """Where a team stands; small enough to be kept in every checkpoint."""

    place: int
    used: int = 0
    rounds: int = 0
    ended: bool = False
    note: str = ""


class Turns:
    """The order of one team. `share` is the most steps that an agent may prepare or check for in one go."""

    def __init__(self, agents: tuple[AgentSpec, ...], answering: int, *, steps: int, alone: bool = False) -> None:
        self._agents = agents
        self._answering = answering
        self._alone = alone
        self._share = max(steps // 6, 1)

    def first(self) -> Turn:
        return Turn(place=self._answering if self._alone else 0)

    def agent(self, turn: Turn) -> AgentSpec:
        return self._agents[turn.place]

    def kind(self, turn: Turn) -> TurnKind:
        if turn.place == self._answering:
            return "answer"
        return "prepare" if turn.place < self._answering else "check"

    def after(self, turn: Turn, action: Action) -> Turn:
        """The turn of the next step. A new `place`, or the same with `used` 0, begins a new turn."""
        kind = self.kind(turn)
        sent_back = kind == "check" and bool(action.answer) and not action.done
        if sent_back:
            return self._sent_back(turn)
        if action.done:
            return self._next(turn)
        if kind != "answer" and turn.used + 1 >= self._share:
            role = self._agents[turn.place].role
            note = f"{role} used its {self._share} steps; the team goes on with what is there."
            return self._next(turn, note)
        return msgspec.structs.replace(turn, used=turn.used + 1, note="")

    def _next(self, turn: Turn, note: str = "") -> Turn:
        last = self._answering if self._alone else len(self._agents) - 1
        if turn.place >= last:
            return msgspec.structs.replace(turn, ended=True, note=note)
        return Turn(place=turn.place + 1, rounds=turn.rounds, note=note)

    def _sent_back(self, turn: Turn) -> Turn:
        if turn.rounds >= MAX_ROUNDS:
            note = f"The draft was sent back {MAX_ROUNDS} times; it stands with the last remarks."
            return msgspec.structs.replace(turn, ended=True, note=note)
        return Turn(place=self._answering, rounds=turn.rounds + 1)


def hand_over(state: State, role: str, kind: TurnKind, action: Action) -> tuple[State, Observation]:
    """What an agent that does not answer leaves for the others, as a fact."""
    said = (action.answer or "").strip()
    if len(said) > HAND_OFF_CHARS:
        said = f"{said[:HAND_OFF_CHARS]}… (cut from {len(said):,} characters)"
    if kind == "prepare":
        if not said:
            return state, Observation(text=f"{role} has nothing to hand over.")
        return _with(state, f"plan by {role}", said), Observation(text="The plan is handed over.")
    if said and not action.done:
        return _with(state, f"remarks by {role}", said), Observation(text="The draft goes back with remarks.")
    facts = {name: value for name, value in state.facts.items() if name != f"remarks by {role}"}
    facts[f"accepted by {role}"] = said or True
    return State(facts=facts), Observation(text="The draft is accepted.")


def _with(state: State, name: str, text: str) -> State:
    return State(facts={**state.facts, name: text})
