"""Thin adapters between the product's public functions and measuring programs that call a plain function."""

import random
from collections.abc import Sequence
from typing import Any, Protocol

from purpose_agent.memory.choice import Option, Rules, choose
from purpose_agent.memory.credit_model import Credited, CreditModel
from purpose_agent.memory.immune.scan import names, scan_text
from purpose_agent.memory.replay_design import ReplayDesign, StoredTask
from purpose_agent.sandbox.run import run_python
from purpose_agent.vault.index import Passage, PassageIndex


def immune_scan(text: str) -> list[str]:
    """The threats that the immune system names in a text, none for a clean one."""
    return names(scan_text(text))


def sandbox_run(code: str, timeout_s: float) -> dict[str, object]:
    """Run code in the sandbox: {"stdout", "stderr", "ok", "completed"}."""
    result = run_python(code, timeout_s=timeout_s)
    stderr = f"{result.stderr}\n{result.error}".strip()
    return {"stdout": result.stdout, "stderr": stderr, "ok": result.ok, "completed": result.completed}


class VaultSearch:
    """The vault's passage index as `add(ids, texts)` and `query(text, k)`."""

    def __init__(self) -> None:
        self._index = PassageIndex()

    def add(self, ids: list[str], texts: list[str]) -> None:
        self._index.add(Passage(text=text, file=name) for name, text in zip(ids, texts, strict=True))

    def query(self, text: str, k: int) -> list[str]:
        return [passage.file for passage in self._index.search(text, k)]

    def close(self) -> None:
        self._index.close()


class SimulatedLesson(Protocol):
    id: int
    kind: int


class SimulatedTask(Protocol):
    kind: int
    sims: Sequence[float]


class LessonPolicy:
    """Quarantine, replay and live choice of lessons behind the interface of the lesson simulation.

        python lessonbench.py --plug tests.bench.adapters:LessonPolicy

    A lesson waits in quarantine and is tried in replays of stored tasks (`replay_design`, the granted budget is the
    scenario's own); where it is released, the rule of live runs (`choice`, with the product's own settings) decides,
    over the same credit. Nobody approves a lesson by hand here: no prompt holds one that is not released. Only the
    search for candidates is left out, because the simulation hands over similarities instead of words.
    """

    name = "purpose agent"
    stored_tasks = 300

    def reset(self, K: int, n_kinds: int, rng: Any, env: Any) -> None:  # noqa: N803
        self._rules = Rules(k=K)
        self._env = env
        self._kinds = [f"kind {number}" for number in range(n_kinds)]
        self._rng = random.Random(int(rng.integers(2**32)))
        self._model = CreditModel()
        self._design = ReplayDesign(self._model, random.Random(self._rng.getrandbits(32)))
        self._keys: list[str] = []
        self._stored: list[StoredTask[SimulatedTask]] = []
        self._replays_per_task = round(env.c["replay"])

    def add(self, lesson: SimulatedLesson) -> None:
        self._keys.append(str(lesson.id))
        self._design.add(Credited(str(lesson.id), self._kinds[lesson.kind]))

    def select(self, task: SimulatedTask, explore: bool = True) -> list[int]:
        kind = self._kinds[task.kind]
        rules = self._rules if explore else self._rules._replace(explore=0, holdout=0.0)
        released = self._design.released(kind)
        options = [
            Option(lesson.key, effect.mean, effect.sd, effect.uses, _similarity(task, lesson.key), replayed=True)
            for lesson, effect in zip(released, self._model.effects(released, kind), strict=True)
        ]
        return [int(key) for key in choose(options, rules, self._rng).keys]

    def update(self, task: SimulatedTask, ids: Sequence[int], phi: float, success: bool) -> None:
        kind = self._kinds[task.kind]
        lessons = [self._design.lesson(str(number)) for number in ids]
        self._model.apply(self._model.predict(kind, lessons, success=success))
        self._store(task, kind)
        self._design.grant(self._replays_per_task)
        while experiment := self._design.propose(self._stored):
            replayed = self._env.replay(experiment.task.key, [int(lesson.key) for lesson in experiment.lessons])
            if replayed is None:
                return
            self._design.learn(experiment, success=replayed[1])

    def rejected(self) -> set[int]:
        """Lessons that are all but certain not to help in any kind."""
        return {int(key) for key in self._keys if self._design.outcome(key, self._kinds) == "retired"}

    def _store(self, task: SimulatedTask, kind: str) -> None:
        similarity = {key: _similarity(task, key) for key in self._keys}
        self._stored.append(StoredTask(task, kind, similarity))
        del self._stored[: -self.stored_tasks]


def _similarity(task: SimulatedTask, key: str) -> float:
    return min(max(float(task.sims[int(key)]), 0.0), 1.0)
