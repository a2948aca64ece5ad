"""Writes finished runs into a workspace that another process owns."""

import sys

from purpose_agent.storage.workspace import Workspace
from tests.unit.storage.samples import write_run

if __name__ == "__main__":
    home, name, runs = sys.argv[1:]
    workspace = Workspace.open(home)
    for number in range(int(runs)):
        write_run(workspace.journal, f"{name}-{number}", steps=3)
    workspace.close()
