"""Whether a run read text that is not the person's own: what it taught needs their eyes, whatever the policy.

Otherwise a document could teach the team by way of a policy that a person switched on for their own tests.
"""

from collections.abc import Iterable

from purpose_agent.runtime.events import RunEvent, RunStarted, ToolStarted
from purpose_agent.vault.tool import SearchDocumentsTool


def read_documents(events: Iterable[RunEvent]) -> bool:
    """Passages stood in its prompt, or an agent looked some up."""
    return any(
        (isinstance(event, RunStarted) and bool(event.task.context))
        or (isinstance(event, ToolStarted) and event.tool == SearchDocumentsTool.name)
        for event in events
    )
