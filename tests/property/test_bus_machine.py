"""Any interleaving of publishing, reading and closing: nothing is lost without being counted, no ending ever."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from purpose_agent.runtime.event_bus import EventBus, Gap, Subscription
from purpose_agent.runtime.events import (
    AgentProgress,
    RunEvent,
    RunFinished,
    StateSnapshot,
    TextDelta,
    is_visible,
    now,
)
from purpose_agent.types import Score, State, Usage

RUNS = ("a", "b", "c")


class BusMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.log: dict[str, list[RunEvent]] = {run: [] for run in RUNS}
        self.bus = EventBus(catch_up=lambda run, after: self.log[run][after + 1 :])
        self.received: list[RunEvent] = []
        self.gaps: list[Gap] = []
        self.closed = False
        self.pieces = 0
        self.pieces_read = 0

    @initialize(bound=st.integers(1, 6), audience=st.sampled_from(["public", "internal"]))
    def subscribe(self, bound: int, audience: str) -> None:
        self.subscription: Subscription = self.bus.subscribe(audience=audience, bound=bound)  # type: ignore[arg-type]
        self.audience = audience

    def publish(self, event: RunEvent) -> None:
        self.log[event.run_id].append(event)
        self.bus.publish(event)

    @precondition(lambda self: not self.closed)
    @rule(run=st.sampled_from(RUNS))
    def streams(self, run: str) -> None:
        """A piece of text, which no log keeps, has the seq of the event before it."""
        self.pieces += 1
        self.bus.publish(TextDelta(run_id=run, seq=len(self.log[run]) - 1, at=now(), step=0, text="…"))

    @precondition(lambda self: not self.closed)
    @rule(run=st.sampled_from(RUNS), kind=st.sampled_from(["progress", "progress", "snapshot", "end"]))
    def happens(self, run: str, kind: str) -> None:
        seq = len(self.log[run])
        if kind == "progress":
            self.publish(AgentProgress(run_id=run, seq=seq, at=now(), agent="a", text=""))
        elif kind == "snapshot":
            self.publish(StateSnapshot(run_id=run, seq=seq, at=now(), step=0, state=State()))
        else:
            self.publish(
                RunFinished(
                    run_id=run, seq=seq, at=now(), status="done", answer="", score=Score(), usage=Usage(), steps=0
                )
            )

    @rule(times=st.integers(1, 4))
    def read(self, times: int) -> None:
        for _ in range(times):
            self.read_one()

    def read_one(self) -> bool:
        event = self.subscription.get(0)
        if isinstance(event, Gap):
            self.gaps.append(event)
            self.received += self.subscription.catch_up(event)
        elif isinstance(event, TextDelta):
            self.pieces_read += 1
        elif event is not None:
            self.received.append(event)
        return event is not None

    @precondition(lambda self: not self.closed)
    @rule()
    def close(self) -> None:
        self.bus.close()
        self.closed = True

    @invariant()
    def what_was_received_is_what_happened_in_order(self) -> None:
        for run in RUNS:
            seqs = [event.seq for event in self.received if event.run_id == run]
            assert seqs == self.visible(run)[: len(seqs)]

    def visible(self, run: str) -> list[int]:
        return [event.seq for event in self.log[run] if is_visible(event, self.audience)]  # type: ignore[arg-type]

    def teardown(self) -> None:
        while self.read_one():
            pass
        for run in RUNS:
            assert [event.seq for event in self.received if event.run_id == run] == self.visible(run)
        missed = sum(gap.missed for gap in self.gaps)
        assert missed == self.subscription.missed
        caught_up = sum(len(self.subscription.catch_up(gap)) for gap in self.gaps)
        delivered = len(self.received) - caught_up + self.pieces_read
        assert delivered + missed == sum(len(self.visible(run)) for run in RUNS) + self.pieces
        for gap in self.gaps:
            assert not any(event.terminal for event in self.subscription.catch_up(gap))


TestBusMachine = BusMachine.TestCase
TestBusMachine.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
