"""Finishes a number of runs on a scripted model. Arguments: the workspace folder, how many."""

import sys

import purpose_agent as pa
from purpose_agent.models.scripted import ScriptedBackend


def main() -> None:
    reply = '{"thought": "I know it.", "answer": "42", "done": true}'
    team = pa.purpose("Plan my week", model=ScriptedBackend([reply], cycle=True), home=sys.argv[1])
    for number in range(int(sys.argv[2])):
        assert team.run(f"Task {number}").status == "done"
    team.engine.close()


if __name__ == "__main__":
    main()
