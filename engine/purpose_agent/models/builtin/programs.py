"""A whole program found by the search: its values, how it is told as a method, and its Python text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from purpose_agent.models.builtin.values import Value


@dataclass(frozen=True, slots=True)
class Program:
    """`values` has one value a row; `body` makes the lines of the function body.

    size  how many words it is made of; among programs that fit, the smaller one is believed.
    """

    sketch: str
    parts: tuple[str, ...]
    size: int
    values: tuple[Value, ...]
    matches: int
    body: Callable[[], list[str]]
    imports: frozenset[str] = frozenset()

    @property
    def method(self) -> str:
        return f"{self.sketch}({', '.join(self.parts)})"

    def code(self, name: str, params: Sequence[str]) -> str:
        head = [f"import {module}" for module in sorted(self.imports)]
        lines = [f"def {name}({', '.join(params)}):", *(f"    {line}" for line in self.body())]
        return "\n".join([*head, "", "", *lines] if head else lines) + "\n"
