"""A team for a purpose: run tasks, ask, teach, and see what it has learned.

team = purpose("Help me write Python code")
result = team.run("Write a fibonacci function")
print(result, result.phi, result.lessons)
"""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from purpose_agent.core.given_tests import asserts
from purpose_agent.core.orchestrator import AgentSpec
from purpose_agent.errors import PurposeError
from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.ledger import CardView
from purpose_agent.models.backend import Backend
from purpose_agent.models.resolve import resolve_backend
from purpose_agent.runtime.event_bus import Gap
from purpose_agent.runtime.events import RunEvent
from purpose_agent.teams.execution import Live
from purpose_agent.teams.given import Knowledge, read_agents, read_backend, read_paths, read_tools, read_vaults
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.roles import agents_for, read_purpose
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.teams.team_memory import TeamMemory
from purpose_agent.tools.tool import Tool
from purpose_agent.types import Budget, Record, RunMode, RunResult, Task


class RunOptions(TypedDict, total=False):
    """What one run may set.

    tests        asserts that decide the score: `tests=["assert f(2) == 4"]`.
    budget       where it stops by itself.
    use_lessons  False: a run without memory, for comparison.
    seed         fixes what is drawn by chance (which lessons are tried).
    """

    tests: Sequence[str]
    budget: Budget
    use_lessons: bool
    seed: int


class TeamStatus(Record, frozen=True, kw_only=True):
    """Where a team stands; prints as a few lines of plain words."""

    purpose: str
    agents: tuple[str, ...]
    model: str
    why_model: str
    lessons_in_use: int
    lessons_waiting: int
    workspace: str
    notices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(
            (
                f"Purpose   {self.purpose}",
                f"Agents    {' + '.join(self.agents)}",
                f"Model     {self.model} ({self.why_model})",
                f"Lessons   {self.lessons_in_use} in use, {self.lessons_waiting} waiting for you",
                f"Kept in   {self.workspace}",
                *(f"Note      {notice}" for notice in self.notices),
            )
        )


def purpose(
    description: str,
    *,
    model: str | Backend | None = None,
    knowledge: Knowledge = None,
    home: str | Path | None = None,
    agents: Sequence[AgentSpec] = (),
    tools: Sequence[Tool] = (),
    learn: bool = True,
    trust_tested_lessons: bool = False,
) -> "Team":
    """A team for a purpose in plain words. Nothing runs, and no model is asked, until its first task.

    model      "ollama:qwen3:1.7b", a bare Ollama name, "openai:…", a `Backend`, or None for what is here.
    knowledge  files, folders or vaults to answer from.
    home       the workspace folder; None = the usual one of this person.
    learn      False: lessons are read but none are written.
    trust_tested_lessons
               True: lessons that your own tests confirmed are approved without asking you.
    Raises PurposeError when the purpose is empty or too long, or the model's name cannot be read.
    """
    return Team(
        read_purpose(description),
        model=model,
        knowledge=knowledge,
        engine=engine_for(home),
        agents=read_agents(agents) or agents_for(description),
        tools=tools,
        mode="train" if learn else "validation",
        trust_tested_lessons=trust_tested_lessons,
    )


class Team:
    """Agents that serve one purpose and share what was learned in their workspace."""

    def __init__(
        self,
        name: str,
        *,
        engine: Engine,
        agents: tuple[AgentSpec, ...],
        model: str | Backend | None = None,
        knowledge: Knowledge = None,
        tools: Sequence[Tool] = (),
        mode: RunMode = "train",
        trust_tested_lessons: bool = False,
    ) -> None:
        self.name = name
        self.agents = agents
        self.engine = engine
        self._model = model if isinstance(model, str) else None
        backend = read_backend(model)
        own_tools = read_tools(tools)
        self._live = Live(backend=backend, tools=own_tools) if backend is not None or own_tools else None
        self._knowledge = read_paths(knowledge)
        self._vaults = read_vaults(knowledge, engine.workspace.home)
        self._mode: RunMode = mode
        self._trust_tested_lessons = trust_tested_lessons

    def run(self, task: str | Task, **options: Unpack[RunOptions]) -> RunResult:
        """Run one task and wait for it. Works in scripts and in Jupyter; the options are those of `RunOptions`."""
        return self.engine.run(self._request(task, **options), live=self._live)

    async def arun(self, task: str | Task, **options: Unpack[RunOptions]) -> RunResult:
        """As `run`, for async programs."""
        return await self.engine.arun(self._request(task, **options), live=self._live)

    def astream(self, task: str | Task, **options: Unpack[RunOptions]) -> AsyncIterator[RunEvent | Gap]:
        """The events of a run as they happen; the last is `run.finished` or `run.error`."""
        return self.engine.astream(self._request(task, **options), live=self._live)

    def ask(self, question: str) -> RunResult:
        """Answer a question from the team's knowledge, with its sources."""
        return self.engine.run(self._question(question), live=self._live)

    async def aask(self, question: str) -> RunResult:
        return await self.engine.arun(self._question(question), live=self._live)

    def teach(self, lesson: str) -> MemoryCard:
        """Tell the team something it must keep to. It is in use from the next task on, and can be taken back."""
        return self.engine.lessons.teach(lesson)

    def lessons(self, status: str | None = None) -> list[CardView]:
        """The lessons of the workspace, newest first; `status="quarantined"` gives those that wait for you."""
        return self.engine.memory.ledger.cards(status=status)

    def approve(self, card_id: str, *, reason: str = "") -> None:
        """Let a waiting lesson be used."""
        self.engine.lessons.approve(card_id, reason=reason)

    def reject(self, card_id: str, *, reason: str = "") -> None:
        """Turn a waiting lesson down."""
        self.engine.lessons.reject(card_id, reason=reason)

    @property
    def memory(self) -> TeamMemory:
        """All that can be done with what was learned: edit, test, undo, roll back, verify, export, forget."""
        return TeamMemory(self.engine)

    def status(self) -> TeamStatus:
        model, why = self._describe_model()
        memory = self.engine.memory
        return TeamStatus(
            purpose=self.name,
            agents=tuple(agent.role for agent in self.agents),
            model=model,
            why_model=why,
            lessons_in_use=memory.in_use,
            lessons_waiting=memory.waiting,
            workspace=str(self.engine.workspace.home),
            notices=tuple(self.engine.workspace.notices),
        )

    def __repr__(self) -> str:
        return f"Team({self.name!r}: {' + '.join(agent.role for agent in self.agents)})"

    def _describe_model(self) -> tuple[str, str]:
        if self._live is not None and self._live.backend is not None:
            return self._live.backend.name, "given by the program"
        try:
            resolved = resolve_backend(self._model)
        except PurposeError as problem:  # a status tells what is wrong, it does not fail of it
            return self._model or "none", str(problem)
        return resolved.backend.name, resolved.why

    def _request(self, task: str | Task, **options: Unpack[RunOptions]) -> RunRequest:
        unknown = sorted(options.keys() - RunOptions.__annotations__.keys())
        if unknown:
            raise TypeError(f"no such option: {', '.join(unknown)}; there are {', '.join(RunOptions.__annotations__)}")
        return RunRequest(
            purpose=self.name,
            task=task if isinstance(task, Task) else Task(text=task, tests=asserts(options.get("tests") or ())),
            model=self._model,
            agents=self.agents,
            knowledge=self._knowledge,
            vaults=self._vaults,
            budget=options.get("budget", Budget()),
            mode=self._mode,
            use_lessons=options.get("use_lessons", True),
            trust_tested_lessons=self._trust_tested_lessons,
            seed=options.get("seed", 0),
            live=self._live is not None,
        )

    def _question(self, question: str) -> RunRequest:
        return RunRequest(
            purpose=self.name,
            task=Task(text=question, kind="question"),
            ask=True,
            model=self._model,
            knowledge=self._knowledge,
            vaults=self._vaults,
            mode=self._mode,
            live=self._live is not None,
        )
