"""What went wrong, in the user's words, and what to do about it.

Every error raised on purpose descends from `PurposeError`. A wrong argument of a Python caller is a plain
`ValueError`. Families live in the room that raises them (`models/errors.py`, `storage/errors.py`, …).
"""


class PurposeError(Exception):
    """Something a person can understand and mend.

    what     one sentence: what happened, in the user's words, with no class name or trace.
    fix      one sentence: what to do next.
    details  optional technical text, shown only behind "show details".
    """

    def __init__(self, what: str, fix: str, *, details: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.details = details

    def __str__(self) -> str:
        return f"{self.what} {self.fix}".strip()
