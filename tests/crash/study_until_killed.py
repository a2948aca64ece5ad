"""Do a study in the workspace folder given as the first argument, telling each run that is kept, until it is killed.

With a second argument "proof" it is a proof of lessons that were learned before it.
"""

import sys
import time

import msgspec

from purpose_agent.evaluation.suites import load_suite
from purpose_agent.teams.requests import RunRequest, of_suite
from purpose_agent.teams.service import engine_for

PURPOSE = "Help me write Python code"

suite = load_suite("related_stream")
suite = msgspec.structs.replace(suite, tasks=suite.tasks[:6])
engine = engine_for(sys.argv[1])
if sys.argv[2:] == ["proof"]:
    requests = [
        of_suite(RunRequest(purpose=PURPOSE, task=item.task, model="builtin", trust_tested_lessons=True), item)
        for item in suite.tasks
    ]
    learning = engine.submit_batch(requests, suite.title)
    engine.jobs.wait(learning.job_id, None)
    plan = engine.studies.proof(suite, purpose=PURPOSE, model="builtin", seed=5)
else:
    plan = engine.studies.plan(suite, purpose=PURPOSE, model="builtin", seed=5)
job = engine.studies.submit(plan)
print(plan.study_id, flush=True)
told = 0
while engine.jobs.get(job.job_id).is_alive:  # type: ignore[union-attr]
    kept = engine.studies.outcomes(plan.study_id)
    for outcome in kept[told:]:
        print(outcome.run_id, flush=True)
    told = len(kept)
    time.sleep(0.01)
print("done", flush=True)
engine.close()
