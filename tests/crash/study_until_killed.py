"""Do a study in the workspace folder given as the first argument, telling each run that is kept, until it is killed."""

import sys
import time

import msgspec

from purpose_agent.evaluation.suites import load_suite
from purpose_agent.teams.service import engine_for

suite = load_suite("related_stream")
suite = msgspec.structs.replace(suite, tasks=suite.tasks[:6])
engine = engine_for(sys.argv[1])
plan = engine.studies.plan(suite, purpose="Help me write Python code", model="builtin", seed=5)
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
