"""Appends a number of steps and ends at once, for counting what it asked of the kernel."""

import os
import sys

from purpose_agent.storage.workspace import Workspace
from tests.unit.storage.samples import EVENTS_PER_STEP, checkpoint, started, step

if __name__ == "__main__":
    journal = Workspace.open(sys.argv[1]).journal
    journal.append([started("r")])
    for index in range(int(sys.argv[2])):
        journal.append(step("r", 1 + index * EVENTS_PER_STEP, index), checkpoint=checkpoint("r", index))
    os._exit(0)  # closing would checkpoint, and that is not part of a step
