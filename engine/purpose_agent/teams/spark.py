"""One agent by itself: a name, a model, tools.

spark = Spark("coder", model="ollama:qwen3:1.7b", tools=[PythonExecTool()])
result = spark.run("Write fibonacci")
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from purpose_agent.models.backend import Backend
from purpose_agent.teams.given import Knowledge
from purpose_agent.teams.roles import agents_for, read_purpose
from purpose_agent.teams.service import engine_for
from purpose_agent.teams.team import Team
from purpose_agent.tools.tool import Tool


class Spark(Team):
    """A team of one. It shares the loop, the score and the memory with every other team of its workspace."""

    def __init__(
        self,
        name: str,
        *,
        model: str | Backend | None = None,
        tools: Sequence[Tool] = (),
        instructions: str = "",
        knowledge: Knowledge = None,
        home: str | Path | None = None,
    ) -> None:
        name = read_purpose(name)
        answering = next(agent for agent in agents_for(name) if agent.answers)
        agent = msgspec.structs.replace(answering, role=name, instructions=instructions or answering.instructions)
        super().__init__(name, engine=engine_for(home), agents=(agent,), model=model, knowledge=knowledge, tools=tools)
