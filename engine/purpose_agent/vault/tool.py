"""The vault as a tool: an agent looks passages up, each with its source, as data."""

from typing import TYPE_CHECKING

from purpose_agent.tools.errors import ToolError
from purpose_agent.tools.port import ToolContext, ToolOutput
from purpose_agent.types import JSON
from purpose_agent.vault.quoting import quoted

if TYPE_CHECKING:
    from purpose_agent.vault.vault import Vault

_MOST = 10


class SearchDocumentsTool:
    """`search_documents(query, k)`: the passages that fit best. Passages nobody has decided on are not among them."""

    name = "search_documents"
    side_effects = False
    quick = False
    parameters: dict[str, JSON] = {  # noqa: RUF012  the port asks for a plain attribute
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "What to look for, in a few words or a question."},
            "k": {"type": "integer", "minimum": 1, "maximum": _MOST, "description": "How many passages."},
        },
        "required": ["query"],
        "additionalProperties": False,
    }

    def __init__(self, vault: "Vault") -> None:
        self._vault = vault

    @property
    def description(self) -> str:
        return f"Find passages in the documents of “{self._vault.title}”, each with its source."

    def call(self, args: dict[str, JSON], context: ToolContext) -> ToolOutput:
        query = str(args.get("query", "")).strip()
        if not query:
            raise ToolError("There is nothing to look for.", "Give `query` some words.")
        wanted = args.get("k", 5)
        grounds = self._vault.grounds(query, k=min(int(wanted) if isinstance(wanted, int) else 5, _MOST))
        if not grounds.passages:
            return ToolOutput(text="No passage of the documents fits these words.")
        return ToolOutput(text="\n\n".join(quoted(grounds.passages).texts))
