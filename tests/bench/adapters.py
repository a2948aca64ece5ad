"""Thin adapters between the product's public functions and measuring programs that call a plain function."""

import random
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from purpose_agent.memory.choice import Option, Rules, choose
from purpose_agent.memory.credit_model import Credited, CreditModel
from purpose_agent.memory.immune.scan import names, scan_text
from purpose_agent.memory.replay_design import ReplayDesign, StoredTask
from purpose_agent.models.embedding.choose import embedder_named
from purpose_agent.sandbox.run import run_python
from purpose_agent.vault.chunking import chunks
from purpose_agent.vault.index import lexical
from purpose_agent.vault.index.chroma import ChromaIndex
from purpose_agent.vault.index.dense import Space
from purpose_agent.vault.index.fusion import NEURAL, STATIC
from purpose_agent.vault.index.search import hybrid


def immune_scan(text: str) -> list[str]:
    """The threats that the immune system names in a text, none for a clean one."""
    return names(scan_text(text))


def sandbox_run(code: str, timeout_s: float) -> dict[str, object]:
    """Run code in the sandbox: {"stdout", "stderr", "ok", "completed"}."""
    result = run_python(code, timeout_s=timeout_s)
    stderr = f"{result.stderr}\n{result.error}".strip()
    return {"stdout": result.stdout, "stderr": stderr, "ok": result.ok, "completed": result.completed}


class RetrievalIndex:
    """Search by words and meaning as `add(ids, texts)` and `query(text, k)`, of the parts that the vault is made of.

    Texts are cut into passages as documents are; a text ranks as its best passage.
    """

    def __init__(self, embedder: str = "minilm") -> None:
        self._embedder = embedder_named(embedder)
        self._weights = STATIC if embedder == "static" else NEURAL
        self._folder = tempfile.TemporaryDirectory()
        self._dense = ChromaIndex(Path(self._folder.name) / "vectors")
        self._words = sqlite3.connect(":memory:", check_same_thread=False)
        self._texts: list[str] = []  # the text's id, by chunk id
        lexical.create(self._words)
        identity, dims = self._embedder.identity, self._embedder.dims
        self._space = Space(vault="measured", trust="trusted", embedder=identity, dims=dims)

    def add(self, ids: list[str], texts: list[str]) -> None:
        first = len(self._texts)
        rows, passages = [], []
        for name, text in zip(ids, texts, strict=True):
            for chunk in chunks(text):
                passage = text[chunk.start : chunk.end]
                rows.append((len(self._texts), "", passage, lexical.surroundings(text, chunk.start, chunk.end)))
                passages.append(passage)
                self._texts.append(name)
        with self._words:
            lexical.add(self._words, rows)
        self._dense.upsert(self._space, range(first, len(self._texts)), self._embedder.embed(passages))

    def query(self, text: str, k: int) -> list[str]:
        hits = hybrid(
            text,
            k,
            lexical=lambda query, count: lexical.search(self._words, query, count),
            dense=lambda query, count: self._dense.search(self._space, self._embedder.embed([query])[0], count),
            info=lambda found: {chunk: self._texts[chunk] for chunk in found},
            weights=self._weights,
            per_document=1,
        )
        return [self._texts[hit.chunk_id] for hit in hits]

    def close(self) -> None:
        self._dense.close()
        self._words.close()
        self._folder.cleanup()


def retrieval_index(embedder: str = "minilm") -> RetrievalIndex:
    """A fresh, empty index for the retrieval evaluation."""
    return RetrievalIndex(embedder)


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
