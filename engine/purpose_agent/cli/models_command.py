"""`models`: what this machine can run, which model is taken and why; pull one, keep or forget a key."""

import asyncio
import sys
from contextlib import aclosing, nullcontext
from getpass import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn

from purpose_agent.cli.console import Screen, plain
from purpose_agent.cli.options import Details, Json
from purpose_agent.errors import PurposeError
from purpose_agent.types import Record

if TYPE_CHECKING:
    from purpose_agent.models.keys import KeyStore
    from purpose_agent.models.ollama_models import OllamaModel

BUILTIN = "builtin:search"

models = typer.Typer(help="See the models that are here; get one.")
key = typer.Typer(help="Keep or forget the key of a provider.")
models.add_typer(key, name="key")

Provider = Annotated[str, typer.Argument(help="A provider, for example openai or groq.")]


class ModelRow(Record, frozen=True, kw_only=True):
    """One thing that could answer. `ready`: it can be used as it is."""

    name: str
    runs_on: str
    state: str
    ready: bool


@models.callback(invoke_without_command=True)
def here(context: typer.Context, json: Json = False, details: Details = False) -> None:
    """List what is here, and tell which one is taken when none is named, and why."""
    if context.invoked_subcommand is not None:
        return
    from purpose_agent.models.resolve import resolve_backend

    screen = Screen.make(json=json)
    try:
        resolved = resolve_backend(None)
        chosen, why = resolved.backend.name, resolved.why
    except PurposeError as problem:  # the list is what a person needs to mend it
        chosen, why = "none", str(problem)
    rows = [*_local(), *_by_key()]
    screen.data({"chosen": chosen, "why": why, "models": rows})
    cells = [("→" if row.name == chosen else "", row.name, row.runs_on, row.state) for row in rows]
    screen.table("", ("", "Model", "Runs on", "State"), cells)
    screen.result(f"\nTaken when none is named: {chosen}. {why}")


@models.command()
def pull(
    name: Annotated[str, typer.Argument(help="A name from Ollama's library, for example qwen3:1.7b.")],
    json: Json = False,
    details: Details = False,
) -> None:
    """Pull a model into Ollama. Ctrl-C stops it; a later pull goes on where it was."""
    screen = Screen.make(json=json)
    name = name.removeprefix("ollama:").strip()
    if not name:
        raise PurposeError("No model was named.", "Name one from Ollama's library, for example qwen3:1.7b.")
    asyncio.run(_pull(name, screen))
    screen.data({"model": f"ollama:{name}", "pulled": True})
    screen.result(f"{name} is here. Use it with --model ollama:{name}")


async def _pull(name: str, screen: Screen) -> None:
    """A moving bar at a terminal; in a pipe a line for every tenth."""
    from purpose_agent.models.ollama_models import pull as pulling

    told = -1
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"), console=screen.err
    )
    moving = screen.err.is_terminal and not screen.json
    with bar if moving else nullcontext():
        task = bar.add_task(f"Pulling {name}", total=1.0, state="")
        async with aclosing(pulling(name)) as parts:
            async for part in parts:
                bar.update(task, completed=part.fraction or 0.0, state=plain(part.text))
                tenth = int((part.fraction or 0.0) * 10)
                if not moving and tenth > told:
                    told = tenth
                    screen.tell(f"{tenth * 10} % · {part.text}")


def _local() -> list[ModelRow]:
    from purpose_agent.models.addresses import spoken
    from purpose_agent.models.ollama_host import ollama_host
    from purpose_agent.models.ollama_models import probe

    own = ModelRow(name=BUILTIN, runs_on="this machine", state="ready; a program search, no language model", ready=True)
    address = spoken(ollama_host())
    pulled = probe()
    if pulled is None:
        return [
            own,
            ModelRow(name="ollama:", runs_on=address, state="not running; start it: ollama serve", ready=False),
        ]
    if not pulled:
        state = "running, no model yet; get one: purpose-agent models pull qwen3:1.7b"
        return [own, ModelRow(name="ollama:", runs_on=address, state=state, ready=False)]
    return [own, *(_pulled_row(model, address) for model in pulled)]


def _pulled_row(model: "OllamaModel", address: str) -> ModelRow:
    size = f"{model.size_bytes / 1e9:.1f} GB" if model.size_bytes else "size unknown"
    runs_on = "Ollama's servers" if model.cloud else f"Ollama at {address}"
    state = f"pulled, {size}" if model.can_chat else f"pulled, {size}; makes vectors only"
    return ModelRow(name=f"ollama:{model.name}", runs_on=runs_on, state=state, ready=model.can_chat)


def _by_key() -> list[ModelRow]:
    from purpose_agent.models.keys import KeyStore
    from purpose_agent.models.providers import PROVIDERS

    keys = KeyStore()
    rows = []
    for provider in PROVIDERS.values():
        if provider.optional_key:
            continue
        place = keys.where(provider.name)
        state = f"key in the {place}" if place else "no key"
        name = f"{provider.name}:{provider.default_model}"
        rows.append(ModelRow(name=name, runs_on=provider.title, state=state, ready=place is not None))
    return rows


@key.command("set")
def set_key(provider: Provider, json: Json = False, details: Details = False) -> None:
    """Keep a key. It is asked for unseen, or read from standard input; it is never written on the command line."""
    screen = Screen.make(json=json)
    keys = _keys_for(provider)
    place = keys.set(provider, _read_key(provider))
    for notice in keys.notices:
        screen.tell(notice)
    screen.data({"provider": provider, "kept_in": place})
    screen.result(f"The key of {provider} is kept in the {place}.")


@key.command("delete")
def delete_key(provider: Provider, json: Json = False, details: Details = False) -> None:
    """Forget a key that was kept here. One in the environment stays where it is."""
    screen = Screen.make(json=json)
    removed = _keys_for(provider).delete(provider)
    screen.data({"provider": provider, "removed": removed})
    screen.result(f"The key of {provider} is forgotten." if removed else f"No key of {provider} was kept here.")


def _keys_for(provider: str) -> "KeyStore":
    from purpose_agent.models.keys import KeyStore
    from purpose_agent.models.providers import PROVIDERS

    if provider not in PROVIDERS:
        raise PurposeError(
            f"There is no provider called {provider!r}.", f"Take one of: {', '.join(sorted(PROVIDERS))}."
        )
    return KeyStore()


def _read_key(provider: str) -> str:
    try:
        text = getpass(f"Key of {provider} (not shown): ") if sys.stdin.isatty() else sys.stdin.readline()
    except EOFError:
        text = ""
    if not text.strip():
        raise PurposeError("No key was given.", "Type it when asked, or send it through standard input.")
    return text
