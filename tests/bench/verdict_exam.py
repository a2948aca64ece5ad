"""How often does a verdict say "better" when nothing is better, and how often when something is?

    python -m tests.bench.verdict_exam [histories] [seed]

One history = the same tasks in two arms, 1 to 3 repeats, judged anew after every task. `better` counts the histories in
which the word was "better" after any task; `better_at_end` those in which it was after the last.

**No effect.** Any length from 5 to 300 tasks. `agreed`: the agreed number is drawn from the same range, so a history
may stop long before it, end on it, or go on far past it. `endless`: no agreed number. Worlds:

  alike      both arms draw from the same distribution, task by task. Difficulties are normal on the logit line with sd
             0, 1.5 or 3 about a level that wanders from task to task (sd 0.1 a step): a run of hard tasks is no effect.
  scattered  every task has a real effect of its own (normal on the logit line, sd 1, mean 0): the lesson helps on some
             tasks and harms on others, and on average does nothing. Harder than the tests assume: signs are still
             fair, but repeats agree with one another.

  solved     1 or 0 by the task's probability. phi: 10 · logistic(difficulty + noise of sd 1 a run), to one decimal;
             every tenth run breaks off at 0. effort: log-normal, sd 1 between tasks and 0.6 between runs of a task;
             every twentieth run takes five times as much.

**An effect of +20 points (2 Φ; 30 % less effort), 56 tasks agreed.** Worlds by how the pairs hang together:

  coins      every task .5 in one arm and .7 in the other; runs are independent, so pairing removes nothing.
  usual      difficulties of sd 1.5 on the logit line, one shift for all tasks that comes to +20 points on average.
  sharp      difficulties of sd 3: most tasks are nearly always or nearly never solved.
  few        one task in five goes from never to always, the others are as in `usual` with no effect.

`correlation` is that of single runs of one task across the arms. `fixed` is a single exact sign-flip test at the 56th
task at 2.5 % to one side, looked at once; `limit` the power of a normal test of the mean that knows the true variance:
with one repeat, 56 coins show 20 points in 60 % of studies at best, whoever looks. In `few`, more repeats hardly help:
which tasks are helped is chance too, and only more tasks would tell. It is reported, and no part of passing.

**Live runs.** Ordinary runs on tasks of sd 1.5, in which a lesson is withheld by chance; looked at after every run.
With no effect: 20 to 600 runs, 10 to 50 % withheld. With one: as in `usual`, 300 or 600 runs, 10 or 30 % withheld.

**Alarms.** A stream of runs that solve 70 %, watched at the default patience: after how many runs the first false alarm
comes (streams of 8,000), and after a fall to 40 or 50 % at run 200, how many runs later the alarm.

A test of one side at 2.5 % is one of two sides at 5 %: "better" and "worse" share the risk.
"""

import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from purpose_agent.evaluation.statistics.alarms import PATIENCE, watch
from purpose_agent.evaluation.statistics.findings import decisions, find
from purpose_agent.evaluation.statistics.intervals import wilson
from purpose_agent.evaluation.statistics.live import LiveRun, columns, lesson_evidence
from purpose_agent.evaluation.statistics.outcomes import EFFORT, PHI, SOLVED, Gains, Scale, TaskPair, gains
from purpose_agent.evaluation.statistics.power import REPEATS
from purpose_agent.memory.paired_gate import CONFIRMED_AT

Runs = NDArray[np.float64]  # (n_tasks, repeats)
Arms = tuple[Runs, Runs]
Rng = np.random.Generator

SCALES = {scale.name: scale for scale in (SOLVED, PHI, EFFORT)}
AGREED = 56
LESS_EFFORT = 0.7
ALLOWED, WANTED = 0.05, 0.80


def null_world(rng: Rng, scale: Scale, tasks: int, repeats: int, *, scattered: bool) -> Arms:
    shape = (tasks, repeats)
    level = np.cumsum(rng.normal(0, 0.1, tasks))
    difficulty = level + rng.normal(0, rng.choice([0.0, 1.5, 3.0]), tasks)
    own = rng.normal(0, 1, tasks) if scattered else np.zeros(tasks)
    return outcomes(rng, scale, difficulty, shape), outcomes(rng, scale, difficulty + own, shape)


def outcomes(rng: Rng, scale: Scale, easiness: Gains, shape: tuple[int, int]) -> Runs:
    easy = np.broadcast_to(easiness[:, None], shape)
    found: Runs
    match scale.name:
        case "solved":
            found = (rng.random(shape) < expit(easy)).astype(np.float64)
        case "phi":
            found = np.round(10 * expit(easy + rng.normal(0, 1, shape)), 1) * (rng.random(shape) >= 0.1)
        case "effort":
            found = np.exp(7 - easy + rng.normal(0, 0.6, shape)) * np.where(rng.random(shape) < 0.05, 5.0, 1.0)
    return found


class Effect(NamedTuple):
    world: str
    scale: Scale
    sd: float
    shift: float
    few: bool = False

    def draw(self, rng: Rng, repeats: int, tasks: int = AGREED) -> Arms:
        easiness, shape = rng.normal(0, self.sd, tasks), (tasks, repeats)
        baseline = outcomes(rng, self.scale, easiness, shape)
        candidate = outcomes(rng, self.scale, easiness + (0.0 if self.few else self.shift), shape)
        if self.few:
            helped, top = rng.random(tasks) < 0.2, 1.0 if self.scale is SOLVED else 10.0
            baseline[helped], candidate[helped] = 0.0, top
        return baseline, candidate


def effects() -> list[Effect]:
    found = []
    for scale, mean in ((SOLVED, expit), (PHI, _mean_phi)):
        top = scale.reach
        for world, sd in (("coins", 0.0), ("usual", 1.5), ("sharp", 3.0)):
            found.append(Effect(world, scale, sd, _shift(mean, sd, 0.2 * top)))
        found.append(Effect("few", scale, 1.5, 0.0, few=True))
    found.append(Effect("usual", EFFORT, 1.0, -float(np.log(LESS_EFFORT))))
    return found


def _mean_phi(easiness: Gains) -> Gains:
    points, weights = np.polynomial.hermite_e.hermegauss(21)
    mean: Gains = 9.0 * (expit(np.add.outer(easiness, points)) @ weights) / weights.sum()
    return mean


def _shift(mean: Callable[[Gains], Gains], sd: float, wanted: float) -> float:
    """The shift on the logit line that raises the mean over tasks by as much as wanted; coins start at one half."""
    easiness = sd * norm.ppf((np.arange(2_000) + 0.5) / 2_000)
    return float(brentq(lambda d: float(np.mean(mean(easiness + d) - mean(easiness))) - wanted, 0, 30))


def as_gains(arms: Arms, scale: Scale) -> Gains:
    baseline, candidate = (arm.tolist() for arm in arms)
    return gains([TaskPair(str(i), b, c) for i, (b, c) in enumerate(zip(baseline, candidate, strict=True))], scale)


def share(hits: int, n: int) -> dict[str, float]:
    found = wilson(hits, n)
    return {"share": round(found.estimate, 4), "low": round(found.low, 4), "high": round(found.high, 4)}


def null_row(
    scale: Scale, mode: Literal["agreed", "endless"], world: str, histories: int, rng: Rng
) -> dict[str, object]:
    said: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for _ in range(histories):
        tasks, repeats = int(rng.integers(5, 301)), int(rng.integers(1, 4))
        agreed = None if mode == "endless" else int(rng.integers(5, 301))
        found = as_gains(null_world(rng, scale, tasks, repeats, scattered=world == "scattered"), scale)
        path = decisions(found, scale, agreed)
        said["better"] += 1 in path
        said["worse"] += -1 in path
        words[find(found, scale, agreed).word] += 1
    return {
        "null": world, "scale": scale.name, "mode": mode, "better": share(said["better"], histories),
        "worse": share(said["worse"], histories), "words_at_end": dict(words.most_common()),
    }  # fmt: skip


def effect_row(effect: Effect, repeats: int, histories: int, rng: Rng) -> dict[str, object]:
    scale, hits, stopped = effect.scale, Counter[str](), []
    words: Counter[str] = Counter()
    pooled, single = [], []
    for _ in range(histories):
        arms = effect.draw(rng, repeats)
        found = as_gains(arms, scale)
        path = decisions(found, scale, AGREED)
        hits["better"] += 1 in path
        hits["at_end"] += path[-1] == 1
        hits["endless"] += 1 in decisions(found, scale, None)
        hits["fixed"] += _fixed(found, scale)
        stopped.append(path.index(1) + 1 if 1 in path else AGREED)
        words[find(found, scale, AGREED).word] += 1
        pooled.append(found)
        single.append(np.stack([arm[:, 0] for arm in arms]))
    everything = np.concatenate(pooled)
    limit = norm.cdf(everything.mean() * np.sqrt(AGREED) / everything.std() - norm.ppf(0.975))
    return {
        "effect": effect.world, "scale": scale.name, "repeats": repeats, "better": share(hits["better"], histories),
        "better_at_end": round(hits["at_end"] / histories, 3), "fixed": round(hits["fixed"] / histories, 3),
        "limit": round(float(limit), 3), "endless": round(hits["endless"] / histories, 3),
        "tasks_if_stopped": round(float(np.mean(stopped)), 1), "mean_gain": round(float(everything.mean()), 3),
        "correlation": round(float(np.corrcoef(*np.concatenate(single, axis=1)).item(1)), 2),
        "words_at_end": dict(words.most_common()),
    }  # fmt: skip


def live_runs(rng: Rng, scale: Scale, n: int, withheld: float, shift: float) -> list[LiveRun]:
    shown = rng.random(n) >= withheld
    easiness = rng.normal(0, 1.5, n) + shift * shown
    values = outcomes(rng, scale, easiness, (n, 1))[:, 0].tolist()
    return [LiveRun(value, s, 1 - withheld) for value, s in zip(values, shown.tolist(), strict=True)]


def live_row(scale: Scale, histories: int, rng: Rng, runs: int = 0, withheld: float = 0.0) -> dict[str, object]:
    """With no number of runs given: no effect."""
    shift = _shift(expit if scale is SOLVED else _mean_phi, 1.5, 0.2 * scale.reach) if runs else 0.0
    better = worse = 0
    for _ in range(histories):
        n, share_withheld = runs or int(rng.integers(20, 601)), withheld or float(rng.uniform(0.1, 0.5))
        evidence = lesson_evidence(columns(live_runs(rng, scale, n, share_withheld, shift)), scale)
        better += bool((evidence[:, 0] >= 2 * CONFIRMED_AT).any())
        worse += bool((evidence[:, 1] >= 2 * CONFIRMED_AT).any())
    about = {"effect": "live", "runs": runs, "withheld": withheld} if runs else {"null": "live"}
    return {**about, "scale": scale.name, "better": share(better, histories), "worse": share(worse, histories)}


def alarm_rows(streams: int, rng: Rng) -> list[dict[str, object]]:
    waits = []
    for seed in range(streams):
        at = watch((rng.random(8_000) < 0.7).astype(float).tolist(), seed=seed).at
        waits.append(8_000 if at is None else at + 1)
    error = float(np.std(waits)) / streams**0.5
    rows: list[dict[str, object]] = [
        {"alarm": "false", "runs_until": round(float(np.mean(waits))), "error": round(error), "promised": PATIENCE}
    ]
    for rate in (0.4, 0.5):
        later = []
        for seed in range(streams):
            before, after = rng.random(200) < 0.7, rng.random(600) < rate
            at = watch(np.concatenate([before, after]).astype(float).tolist(), seed=seed).at
            if at is None or at >= 200:
                later.append(600 if at is None else at - 199)
        rows.append({"alarm": f"70 to {rate:.0%}", "runs_later": [round(q) for q in np.quantile(later, [0.5, 0.9])]})
    return rows


def _fixed(found: Gains, scale: Scale) -> bool:
    """A single look at 2.5 %: the sums of all exchanges of arms, exactly."""
    steps = np.rint(found / scale.unit).astype(np.int64)
    reach = int(np.abs(steps).sum())
    chance = np.ones(1)
    for size in np.abs(steps).tolist():
        chance = (np.pad(chance, (2 * size, 0)) + np.pad(chance, (0, 2 * size))) / 2
    return bool(chance[reach + int(steps.sum()) :].sum() <= ALLOWED / 2)


def main(histories: int = 1_000, seed: int = 1) -> int:
    start, rng = time.monotonic(), np.random.default_rng(seed)
    nulls = [
        null_row(scale, mode, world, histories, rng)
        for world in ("alike", "scattered")
        for scale in SCALES.values()
        for mode in ("agreed", "endless")
    ]
    nulls += [live_row(scale, histories, rng) for scale in (SOLVED, PHI)]
    for row in nulls:
        print(json.dumps(row), flush=True)
    for scale, runs, withheld in itertools.product((SOLVED, PHI), (300, 600), (0.1, 0.3)):
        print(json.dumps(live_row(scale, histories, rng, runs, withheld)), flush=True)
    for row in alarm_rows(max(20, histories // 5), rng):
        print(json.dumps(row), flush=True)
    found = []
    for effect in effects():
        for repeats in (1, 2, 3):
            found.append(effect_row(effect, repeats, histories, rng))
            print(json.dumps(found[-1]), flush=True)
    false_alarms = [row["better"]["share"] for row in nulls]  # type: ignore[index]
    usual = [
        row["better"]["share"]  # type: ignore[index]
        for row in found
        if row["repeats"] == REPEATS and row["scale"] != "effort" and row["effect"] != "few"
    ]
    passed = max(false_alarms) <= ALLOWED and min(usual) >= WANTED
    print(json.dumps({
        "histories": histories, "worst_false_better": max(false_alarms), "allowed": ALLOWED,
        f"least_power_at_{REPEATS}_repeats": min(usual), "wanted": WANTED, "passed": passed,
        "seconds": round(time.monotonic() - start, 1),
    }))  # fmt: skip
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
