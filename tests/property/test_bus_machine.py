"""Any interleaving of publishing, reading and closing: nothing is lost without being counted, no ending ever."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from purpose_agent.runtime.event_bus import EventBus, Gap, Subscription
from purpose_agent.runtime.events import AgentProgress, Event, RunEvent, RunFinished, StateSnapshot, is_visible, now
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

    @initialize(bound=st.integers(1, 6), audience=st.sampled_from(["public", "internal"]))
    def subscribe(self, bound: int, audience: str) -> None:
        self.subscription: Subscription = self.bus.subscribe(audience=audience, bound=bound)  # type: ignore[arg-type]
        self.audience = audience

    def publish(self, event: RunEvent) -> None:
        self.log[event.run_id].append(event)
        self.bus.publish(event)

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
            event = self.subscription.get(0)
            if isinstance(event, Gap):
                self.gaps.append(event)
                self.received += self.subscription.catch_up(event)
            elif event is not None:
                self.received.append(event)

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
        caught: list[Event] = []
        while (event := self.subscription.get(0)) is not None:
            if isinstance(event, Gap):
                self.gaps.append(event)
                caught += self.subscription.catch_up(event)
            else:
                caught.append(event)
        everything = [*self.received, *caught]
        for run in RUNS:
            assert [event.seq for event in everything if event.run_id == run] == self.visible(run)
        missed = sum(gap.missed for gap in self.gaps)
        assert missed == self.subscription.missed
        missing = {(gap.run_id, gap.after_seq + place) for gap in self.gaps for place in range(1, gap.missed + 1)}
        if self.audience == "internal":  # then every event of a run is visible, so seqs can be counted on
            assert not any(self.log[run][seq].terminal for run, seq in missing)


TestBusMachine = BusMachine.TestCase
TestBusMachine.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
