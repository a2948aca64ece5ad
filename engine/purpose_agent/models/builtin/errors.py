"""What the built-in model says when it cannot do a thing: never a guess, always what would help."""

from purpose_agent.models.errors import ModelError
from purpose_agent.types import Usage


class BuiltinRefusal(ModelError):
    """The built-in model declines. The same call would decline again, so it is not retried.

    usage  what was spent before it gave up; a refusal has no `Reply` that could carry it.
    """

    def __init__(self, what: str, fix: str, *, usage: Usage | None = None, details: str = "") -> None:
        super().__init__(what, fix, details=details)
        self.usage = usage or Usage()
