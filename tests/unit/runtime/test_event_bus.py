import asyncio
import threading
import time

import pytest

from purpose_agent.errors import PurposeError
from purpose_agent.runtime.event_bus import EventBus, Gap, Subscription
from purpose_agent.runtime.events import (
    AgentProgress,
    Event,
    ModelRequest,
    RunEvent,
    RunFinished,
    StateSnapshot,
    Visibility,
    now,
)
from purpose_agent.types import Score, State, Usage


def progress(seq: int, run_id: str = "r") -> AgentProgress:
    return AgentProgress(run_id=run_id, seq=seq, at=now(), agent="coder", text=str(seq))


def ending(seq: int, run_id: str = "r") -> RunFinished:
    return RunFinished(
        run_id=run_id, seq=seq, at=now(), status="done", answer="", score=Score(), usage=Usage(), steps=0
    )


def request(seq: int) -> ModelRequest:
    return ModelRequest(run_id="r", seq=seq, at=now(), step=0, purpose="actor", prompt="…", prompt_sha256="…")


def snapshot(seq: int) -> StateSnapshot:
    return StateSnapshot(run_id="r", seq=seq, at=now(), step=0, state=State())


def taken(subscription: Subscription) -> list[RunEvent | Gap]:
    found = []
    while (event := subscription.get(0)) is not None:
        found.append(event)
    return found


def test_a_subscriber_gets_the_events_of_its_run_in_order() -> None:
    bus = EventBus()
    one, every = bus.subscribe("r"), bus.subscribe()
    sent: list[Event] = [progress(0), progress(0, "other"), ending(1)]
    for event in sent:
        bus.publish(event)
    assert taken(one) == [sent[0], sent[2]]
    assert taken(every) == sent


@pytest.mark.parametrize(("audience", "seen"), [("public", [0]), ("internal", [0, 1]), ("debug", [0, 1, 2])])
def test_an_audience_sees_its_level_and_all_that_is_more_public(audience: Visibility, seen: list[int]) -> None:
    bus = EventBus()
    subscription = bus.subscribe(audience=audience)
    for event in (progress(0), snapshot(1), request(2)):
        bus.publish(event)
    assert [event.seq for event in taken(subscription) if not isinstance(event, Gap)] == seen


def test_a_slow_subscriber_finds_one_gap_in_the_right_place_and_catches_up_from_the_log() -> None:
    log: list[RunEvent] = [progress(seq) if seq != 5 else request(seq) for seq in range(8)]
    bus = EventBus(catch_up=lambda run_id, after: [event for event in log if event.seq > after])
    subscription = bus.subscribe("r", bound=3)
    for event in log[:7]:
        bus.publish(event)
    first = subscription.get(0)
    assert first == log[0]
    bus.publish(log[7])  # still full: the gap itself takes a place
    received = taken(subscription)
    gap = Gap(run_id="r", after_seq=2, through_seq=7, missed=4)
    assert received == [*log[1:3], gap]
    assert subscription.missed == 4
    assert subscription.catch_up(gap) == [log[3], log[4], log[6], log[7]]  # what the public may see
    bus.publish(ending(8))
    assert [event.seq for event in taken(subscription) if not isinstance(event, Gap)] == [8]


def test_a_new_gap_begins_after_an_event_that_fitted() -> None:
    bus = EventBus()
    subscription = bus.subscribe(bound=1)
    bus.publish(progress(0))
    bus.publish(progress(1))
    bus.publish(ending(2))
    bus.publish(progress(3))
    assert taken(subscription) == [
        progress_like(subscription, 0),
        Gap(run_id="r", after_seq=0, through_seq=1, missed=1),
        progress_like(subscription, 2),
        Gap(run_id="r", after_seq=2, through_seq=3, missed=1),
    ]


def progress_like(_: Subscription, seq: int) -> object:
    class Like:
        def __eq__(self, other: object) -> bool:
            return getattr(other, "seq", None) == seq

        def __hash__(self) -> int:
            return seq

    return Like()


def test_missed_events_that_no_log_holds_are_told() -> None:
    subscription = EventBus().subscribe()
    with pytest.raises(PurposeError, match="not kept"):
        subscription.catch_up(Gap(run_id="r", after_seq=0, through_seq=1, missed=1))


def test_terminal_events_are_queued_however_full_it_is() -> None:
    bus = EventBus()
    subscription = bus.subscribe(bound=1)
    for number in range(100):
        bus.publish(progress(0, f"r{number}"))
        bus.publish(ending(1, f"r{number}"))
    ended = [event.run_id for event in taken(subscription) if isinstance(event, RunFinished)]
    assert ended == [f"r{number}" for number in range(100)]


def test_closing_lets_readers_finish_what_is_queued() -> None:
    async def read() -> list[int]:
        bus = EventBus()
        subscription = bus.subscribe()
        bus.publish(progress(0))
        bus.publish(ending(1))
        bus.close()
        bus.publish(progress(2))
        assert bus.subscribe().ended
        return [event.seq async for event in subscription if not isinstance(event, Gap)]

    assert asyncio.run(read()) == [0, 1]


def test_a_waiting_reader_is_woken_by_another_thread_and_by_its_own() -> None:
    async def read() -> list[int]:
        bus = EventBus()
        subscription = bus.subscribe()

        def from_another_thread() -> None:
            bus.publish(progress(1))
            time.sleep(0.02)
            bus.close()

        def from_here() -> None:
            bus.publish(progress(0))
            threading.Timer(0.02, from_another_thread).start()

        asyncio.get_running_loop().call_later(0.02, from_here)
        return [event.seq async for event in subscription if not isinstance(event, Gap)]

    assert asyncio.run(asyncio.wait_for(read(), 10)) == [0, 1]


def test_a_thread_waits_no_longer_than_it_said() -> None:
    bus = EventBus()
    subscription = bus.subscribe()
    begun = time.monotonic()
    assert subscription.get(0.05) is None
    assert 0.04 < time.monotonic() - begun < 5
    threading.Timer(0.05, bus.publish, [progress(0)]).start()
    event = subscription.get(10)
    assert isinstance(event, AgentProgress)
    threading.Timer(0.05, bus.close).start()
    assert subscription.get(10) is None
    assert subscription.ended


def test_a_reader_that_left_its_loop_hurts_nobody() -> None:
    bus = EventBus()
    subscription = bus.subscribe()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(subscription), 0.01)

    asyncio.run(give_up())
    bus.publish(progress(0))
    with subscription:
        assert subscription.get(0) is not None
    bus.publish(progress(1))
    assert subscription.ended


def test_nothing_is_lost_between_threads() -> None:
    bus = EventBus()
    subscription = bus.subscribe(bound=50)

    def publish(name: str) -> None:
        for seq in range(2000):
            bus.publish(progress(seq, name))

    def close_when_all_is_said() -> None:
        for publisher in publishers:
            publisher.join(30)
        bus.close()

    publishers = [threading.Thread(target=publish, args=(f"r{number}",)) for number in range(4)]
    for publisher in publishers:
        publisher.start()
    closer = threading.Thread(target=close_when_all_is_said)
    closer.start()
    delivered = missed = 0
    while (event := subscription.get(10)) is not None:
        if isinstance(event, Gap):
            missed += event.missed
        else:
            delivered += 1
    closer.join(30)
    assert delivered + missed == 8000
    assert missed == subscription.missed
