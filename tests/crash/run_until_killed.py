"""Runs tasks of the related stream one after the other, and prints every event once it was acknowledged.

Started by the crash tests, which kill it at a random moment. Argument: the workspace folder.
"""

import sys
import threading

from purpose_agent.evaluation.suites import load_suite
from purpose_agent.runtime.event_bus import Gap
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.service import engine_for


def print_events(engine: object) -> None:
    subscription = engine.bus.subscribe(audience="debug", bound=100_000)  # type: ignore[attr-defined]
    while True:
        event = subscription.get(timeout_s=60)
        if event is not None and not isinstance(event, Gap) and event.kind != "text.delta":
            print(event.run_id, event.seq, flush=True)


def main() -> None:
    engine = engine_for(sys.argv[1])
    threading.Thread(target=print_events, args=(engine,), daemon=True).start()
    while True:
        for item in load_suite("related_stream").tasks:
            engine.run(RunRequest(purpose="Help me write Python code", task=item.task, model="builtin"))


if __name__ == "__main__":
    main()
