"""What a run is asked to do: its task, its agents in the order in which they work, and where it must stop."""

from typing import Literal

from purpose_agent.types import Budget, Record, RunMode, Task

CriticMode = Literal["standard", "delta"]


class AgentSpec(Record, frozen=True, kw_only=True):
    """One member of a team.

    tools    names of the tools it may use; the toolbox decides whether they exist.
    answers  its draft is the run's answer. Exactly one agent of a team answers: those before it prepare (their answer
             becomes a fact), those after it check (they accept the draft or send it back with remarks).
    """

    role: str
    instructions: str = ""
    tools: tuple[str, ...] = ()
    answers: bool = False


class RunSpec(Record, frozen=True, kw_only=True):
    """Everything that a run needs to be known by; kept in its checkpoint, so another process can take it up.

    notices  sentences for the person about what the run begins with, told at its start.
    trial    ids of the lessons of a replay: exactly these stand in its prompts, approved or not. Only in `validation`
             mode. None = no replay.
    among    ids of the approved lessons that may be chosen from; None = all.
    random_stream  runs with the same stream and seed draw the same by chance; "" = a stream of its own, by its id.
    """

    run_id: str
    task: Task
    purpose: str
    agents: tuple[AgentSpec, ...]
    team: str = ""
    budget: Budget = Budget()
    mode: RunMode = "train"
    use_lessons: bool = True
    seed: int = 0
    notebook_id: str = ""
    cell_id: str = ""
    parent_run: str = ""
    critic: CriticMode = "delta"
    notices: tuple[str, ...] = ()
    trial: tuple[str, ...] | None = None
    among: tuple[str, ...] | None = None
    random_stream: str = ""

    @property
    def draws_from(self) -> str:
        """What all that is drawn by chance in this run follows from."""
        return f"{self.random_stream or self.run_id}:{self.seed}"

    @property
    def is_replay(self) -> bool:
        return self.trial is not None

    @property
    def answering(self) -> int:
        """Place of the agent whose draft is the answer."""
        return next(place for place, agent in enumerate(self.agents) if agent.answers)
