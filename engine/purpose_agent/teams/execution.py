"""How one request becomes one run: model, knowledge, tests, loop, grade.

This is the only place that puts an `Orchestrator` together, so Team, Spark, the notebook, suites and the command line
all walk the same way.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec
from purpose_agent.core.prompt_compiler import CompiledPrompt
from purpose_agent.core.task_reading import read_task
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.checks.records import Answered, Check, CheckOutcome, NotThere, undecided
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.promoted import PromotedView
from purpose_agent.models.backend import Backend
from purpose_agent.models.resolve import Resolved, resolve_backend
from purpose_agent.runtime.cancel import CancelToken
from purpose_agent.runtime.event_bus import EventBus
from purpose_agent.runtime.events import RunStarted
from purpose_agent.sandbox.errors import SandboxOff
from purpose_agent.sandbox.tests import arun_tests
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.roles import READER, agents_for
from purpose_agent.tools.calculator import CalculatorTool
from purpose_agent.tools.files import ReadFileTool, WriteFileTool
from purpose_agent.tools.python_exec import PythonExecTool
from purpose_agent.tools.tool import Tool, ToolBox
from purpose_agent.types import RunResult

if TYPE_CHECKING:
    from purpose_agent.vault.shelf import Shelf


CODE_WITHOUT_WALLS = "code_without_walls"
"""Setting: the person lets code run although nothing on this machine keeps it away from files and network."""
JUDGE_MODEL = "judge_model"
"""Setting: the model that decides by rubrics which name none."""


@dataclass(frozen=True, slots=True)
class Live:
    """Objects of the calling program that a run uses in place of what its request names. `judge`: for rubrics."""

    backend: Backend | None = None
    tools: tuple[Tool, ...] = ()
    judge: Backend | None = None


class Execution:
    """Runs requests against one workspace. Safe to use from several threads: it keeps no state of a run."""

    def __init__(self, workspace: Workspace, memory: Memory, bus: EventBus, shelf: "Callable[[], Shelf]") -> None:
        self._workspace = workspace
        self._shelf = shelf
        self._memory = memory
        self._bus = bus

    async def run(
        self, request: RunRequest, *, cancel: CancelToken, live: Live | None = None, resume: bool = False
    ) -> RunResult:
        """Run to its end, or take it up where it stopped; a failed run is a result too, not an exception."""
        if request.live and live is None:
            raise PurposeError(
                "This run used a model or tools of the program that started it.", "Start it again from that program."
            )
        live = live or Live()
        chosen = self._model(request, live)
        with self._working_folder(request) as folder:
            orchestrator = self._orchestrator(request, live, chosen, folder)
            try:
                if resume:
                    result = await orchestrator.resume(request.run_id, cancel=cancel)
                else:
                    result = await orchestrator.run(self._spec(request, live), cancel=cancel)
            finally:
                if live.backend is None:
                    await chosen.backend.aclose()
        await self.grade(request, result, live=live)
        return result

    async def grade(self, request: RunRequest, result: RunResult, *, live: Live | None = None) -> None:
        """Check the answer and keep what the check says. Nothing else looks at a check, and no run reads its grade."""
        check = request.grading
        if check is None or not (result.status == "done" or (isinstance(check, NotThere) and result.declined)):
            return
        from purpose_agent.evaluation.checks.deciding import decide  # what reads citations is slow to import

        opened: list[Backend] = []
        try:
            outcome = await decide(
                check,
                self._answered(result),
                find_judge=partial(self._judge, live or Live(), opened),
                allow_unwalled=self._allow_unwalled,
            )
        except SandboxOff as error:  # the run is done all the same; a person may let code run, and grade again
            outcome = undecided(f"The hidden tests could not run. {error}")
        finally:
            for backend in opened:
                await backend.aclose()
        self._save(result.run_id, outcome, check)

    async def grade_if_missing(self, request: RunRequest, result: RunResult) -> None:
        if self._workspace.journal.graded(result.run_id) is None:
            await self.grade(request, result)

    def _save(self, run_id: str, outcome: CheckOutcome, check: Check | None) -> None:
        self._workspace.journal.save_grade(run_id, outcome.passed, outcome.total, outcome.as_detail(check))

    def _answered(self, result: RunResult) -> Answered:
        """The answer with the passages that its prompts held."""
        events = self._workspace.events(result.run_id)
        started = next((event for event in events if isinstance(event, RunStarted)), None)
        if started is None:
            return Answered(question=result.task, answer=result.answer, declined=result.declined)
        return Answered(
            question=started.task.text,
            answer=result.answer,
            passages=started.task.context,
            sources=started.task.sources,
            model=started.model,
            declined=result.declined,
        )

    def _judge(self, live: Live, opened: list[Backend], name: str) -> Backend:
        """The judge that is named, or that of the program, or that of the workspace."""
        if live.judge is not None:
            return live.judge
        name = name or str(self._workspace.setting(JUDGE_MODEL) or "")
        if not name:
            raise PurposeError("No model is named that judges.", "Name one in the rubric, or choose a judge.")
        backend = resolve_backend(name).backend
        opened.append(backend)
        return backend

    @property
    def _allow_unwalled(self) -> bool:
        return self._workspace.setting(CODE_WITHOUT_WALLS) is True

    def _model(self, request: RunRequest, live: Live) -> Resolved:
        if live.backend is not None:
            return Resolved(backend=live.backend, why=f"{live.backend.name} was given by the program.")
        return resolve_backend(request.model)

    async def first_prompt(self, request: RunRequest, in_use: PromotedView) -> CompiledPrompt:
        """What the run was sent first, compiled again from the record and the lessons that were in use."""
        live = Live()
        chosen = self._model(request, live)
        try:
            with self._working_folder(request) as folder:
                return self._orchestrator(request, live, chosen, folder).first_prompt(request.run_id, in_use)
        finally:
            await chosen.backend.aclose()

    async def preview(self, request: RunRequest) -> CompiledPrompt:
        """What a run would be sent first if it began now. Nothing is run or kept."""
        live = Live()
        chosen = self._model(request, live)
        try:
            with self._working_folder(request) as folder:
                return self._orchestrator(request, live, chosen, folder).preview(self._spec(request, live))
        finally:
            await chosen.backend.aclose()

    def _orchestrator(self, request: RunRequest, live: Live, chosen: Resolved, folder: Path) -> Orchestrator:
        """Only a run that may learn gets a memory with something to write with."""
        learns = request.mode == "train"
        return Orchestrator(
            backend=chosen.backend,
            why_model=chosen.why,
            journal=self._workspace.journal,
            bus=self._bus,
            memory=self._memory if learns else None,
            lessons=None if learns else self._memory.read_only,
            toolbox=ToolBox(_tools(folder, live.tools, allow_unwalled=self._allow_unwalled)),
            run_tests=partial(arun_tests, allow_unwalled=self._allow_unwalled),
        )

    @contextmanager
    def _working_folder(self, request: RunRequest) -> Iterator[Path]:
        """Where the run's tools read and write; that of a replay is thrown away."""
        if request.trial is None:
            yield self._workspace.home / "work" / request.run_id
            return
        with tempfile.TemporaryDirectory(prefix="purpose-agent-replay-") as folder:
            yield Path(folder)

    def _spec(self, request: RunRequest, live: Live) -> RunSpec:
        task, notices = read_task(request.task), tuple[str, ...]()
        has_documents = bool(request.knowledge or request.vaults)
        if request.ask and not (has_documents or task.context):
            raise PurposeError(
                "This team has no files to answer from.", "Give it files or folders as its knowledge, then ask again."
            )
        if has_documents:
            from purpose_agent.teams.grounding import with_sources  # what reads files is slow to import

            task, notices = with_sources(task, request, self._shelf())
        agents = request.agents or ((READER,) if request.ask else agents_for(request.purpose))
        extra = tuple(tool.name for tool in live.tools)
        if extra:
            agents = tuple(_with_tools(agent, extra) for agent in agents)
        return RunSpec(
            run_id=request.run_id,
            task=task,
            team=" + ".join(agent.role for agent in agents),
            agents=agents,
            purpose=request.purpose,
            budget=request.budget,
            mode=request.mode,
            use_lessons=request.use_lessons,
            seed=request.seed,
            notebook_id=request.notebook_id,
            cell_id=request.cell_id,
            parent_run=request.parent_run,
            trial=request.trial,
            among=request.among,
            random_stream=request.random_stream,
            critic=request.critic,
            notices=notices,
        )


def default_tools(folder: Path, *, allow_unwalled: bool = False) -> list[Tool]:
    """The four tools of every team; files are read and written inside `folder` only."""
    code = PythonExecTool(allow_unwalled=allow_unwalled)
    return [CalculatorTool(), ReadFileTool(folder), WriteFileTool(folder), code]


def _tools(folder: Path, given: Sequence[Tool], *, allow_unwalled: bool) -> list[Tool]:
    """The usual tools and those of the program, whose word counts where two have one name."""
    return list({tool.name: tool for tool in (*default_tools(folder), *given)}.values())


def _with_tools(agent: AgentSpec, names: tuple[str, ...]) -> AgentSpec:
    return msgspec.structs.replace(agent, tools=tuple(dict.fromkeys((*agent.tools, *names))))
