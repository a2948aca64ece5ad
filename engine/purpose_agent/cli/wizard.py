"""What happens when `purpose-agent` is started alone at a terminal: it asks, in plain words, what to do.

It only puts a command together and runs it, so whatever can be done here can be done by a command, and the person is
shown which one.
"""

import shlex
from collections.abc import Callable

import questionary
from prompt_toolkit.key_binding import KeyBindings

from purpose_agent.cli.console import Screen

Run = Callable[[list[str]], int]

_OPEN, _TASK, _ASK, _STATUS, _MODELS, _QUIT = "open", "task", "ask", "status", "models", "quit"
_CHOICES = (
    ("Open the app in the browser", _OPEN),
    ("Give a team a task here", _TASK),
    ("Ask a question about files", _ASK),
    ("See what has been learned", _STATUS),
    ("See which models are here", _MODELS),
    ("Quit", _QUIT),
)


class WizardEnded(Exception):
    """The person pressed Ctrl-C or Ctrl-D, or the input ended."""


def start(run: Run, screen: Screen) -> int:
    """Ask until the person quits; gives the exit code of the last command."""
    code = 0
    try:
        while True:
            choice = _answer(questionary.select("What would you like to do?", _titled(_CHOICES)))
            if choice == _QUIT:
                return code
            command = _command(choice)
            screen.tell(f"purpose-agent {shlex.join(command)}", style="dim")
            code = run(command)
    except WizardEnded:
        screen.tell("Nothing more to do. Start again with: purpose-agent")
        return code


def _command(choice: str) -> list[str]:
    match choice:
        case "open":
            return ["ui"]
        case "task":
            purpose = _text("What should the team help you with?", default="Help me write Python code")
            task = _text("The task, in plain words:")
            check = _text("A check that decides the score, such as `assert f(2) == 4` (empty: none):", needed=False)
            return ["run", task, "--purpose", purpose, *(["--test", check] if check else [])]
        case "ask":
            files = _answer(questionary.path("Which file or folder holds the answer?"))
            return ["ask", _text("Your question:"), "--knowledge", files]
        case "status":
            return ["review"]
        case _:
            return ["models"]


def _text(question: str, *, default: str = "", needed: bool = True) -> str:
    def check(text: str) -> bool | str:
        return bool(text.strip()) or not needed or "Please write a few words."

    return _answer(questionary.text(question, default=default, validate=check)).strip()


def _answer(question: questionary.Question) -> str:
    """Ask. Lists of choices know no Ctrl-D, so it is taught to them."""
    bindings = question.application.key_bindings
    if isinstance(bindings, KeyBindings):
        bindings.add("c-d")(lambda event: event.app.exit(exception=EOFError))
    try:
        return str(question.unsafe_ask())
    except (EOFError, KeyboardInterrupt) as left:
        raise WizardEnded from left


def _titled(choices: tuple[tuple[str, str], ...]) -> list[questionary.Choice]:
    return [questionary.Choice(title, value=value) for title, value in choices]
