"""Appends steps to a workspace until it is killed; prints each acknowledged run and its last seq."""

import sys

from purpose_agent.storage.workspace import Workspace
from tests.unit.storage.samples import EVENTS_PER_STEP, checkpoint, finished, started, step

STEPS = 7


def main(home: str, name: str, own: bool) -> None:
    workspace = Workspace.open(home)
    if own:
        workspace.trajectories()
    journal = workspace.journal
    number = 0
    while True:
        run_id = f"{name}-{number}"
        journal.append([started(run_id)])
        print(run_id, 0, flush=True)
        for index in range(STEPS):
            events = step(run_id, 1 + index * EVENTS_PER_STEP, index)
            journal.append(events, checkpoint=checkpoint(run_id, index))
            print(run_id, events[-1].seq, flush=True)
        journal.append([finished(run_id, 1 + STEPS * EVENTS_PER_STEP, steps=STEPS)])
        print(run_id, 1 + STEPS * EVENTS_PER_STEP, flush=True)
        number += 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] == "own")
