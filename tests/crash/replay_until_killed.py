"""Learns from a few tasks, then tries the lessons on them, and prints every replay once it was counted.

Started by the crash test, which kills it on the way. Argument: the workspace folder.
"""

import sys
import time

import purpose_agent as pa
from purpose_agent.evaluation.suites import load_suite

TASKS = ("digit_sum", "only_digits", "digit_squares")
COUNTED = "SELECT run_id FROM credits WHERE card_id = '' AND source = 'replay' ORDER BY id"


def main() -> None:
    team = pa.purpose("Help me write Python code", model="builtin", home=sys.argv[1])
    engine = team.engine
    for item in load_suite("related_stream").tasks:
        if item.task.task_id in TASKS:
            team.run(item.task, seed=1)
    job = engine.submit_replay(engine.plan_replay(replays=12))
    told = 0
    while True:
        counted = engine.workspace.journal.query(COUNTED)
        for (run_id,) in counted[told:]:
            print(run_id, flush=True)
        told = len(counted)
        if not engine.jobs.wait(job.job_id, 0).is_alive:
            print("done", flush=True)
            time.sleep(60)
        time.sleep(0.002)


if __name__ == "__main__":
    main()
