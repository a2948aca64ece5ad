"""What it costs to publish an event, beside the standard library's queue, in one run.

PYTHONPATH=engine python -m tests.bench.bench_bus
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable

from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.runtime.events import AgentProgress, now

EVENTS = 100_000


def main() -> None:
    event = AgentProgress(run_id="r", seq=0, at=now(), agent="coder", text="thinking")
    peer: queue.Queue[object] = queue.Queue()
    print(f"queue.Queue.put: {per_event(lambda: peer.put(event)):.2f} µs cpu")
    for subscribers in (0, 1, 4):
        bus = EventBus()
        for _ in range(subscribers):
            bus.subscribe(bound=EVENTS * 2)
        print(f"publish, {subscribers} subscribers: {per_event(lambda: bus.publish(event)):.2f} µs cpu")  # noqa: B023
    full = EventBus()
    full.subscribe(bound=10)
    print(f"publish, 1 full subscriber: {per_event(lambda: full.publish(event)):.2f} µs cpu")
    print(f"publish and read in one loop: {asyncio.run(in_one_loop(event)):.2f} µs cpu")
    print(f"publish and read in two threads: {in_two_threads(event):.2f} µs cpu")


async def in_one_loop(event: AgentProgress) -> float:
    """A run that yields to its page after each step of eight events."""
    bus = EventBus()
    subscription = bus.subscribe(bound=EVENTS)

    async def read() -> None:
        async for _ in subscription:
            pass

    reader = asyncio.create_task(read())
    began = time.process_time()
    for number in range(EVENTS):
        bus.publish(event)
        if number % 8 == 0:
            await asyncio.sleep(0)
    bus.close()
    await reader
    return (time.process_time() - began) / EVENTS * 1e6


def in_two_threads(event: AgentProgress) -> float:
    bus = EventBus()
    subscription = bus.subscribe(bound=EVENTS)

    def read() -> None:
        while subscription.get() is not None:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    began = time.process_time()
    for _ in range(EVENTS):
        bus.publish(event)
    bus.close()
    reader.join()
    return (time.process_time() - began) / EVENTS * 1e6


def per_event(publish: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(EVENTS):
        publish()
    return (time.process_time() - began) / EVENTS * 1e6


if __name__ == "__main__":
    main()
