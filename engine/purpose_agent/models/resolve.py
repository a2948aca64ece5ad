"""From the name of a model, or none, to a backend, with one sentence that says which was taken and why.

Without a name the order is: PURPOSE_AGENT_MODEL, a running Ollama that has a model, a provider whose key is there, the
built-in model. Nothing is asked over the network to find out, but for one short knock at Ollama's own port. A
provider that is taken because its key was found gets the tasks that are run, so the sentence says so.
"""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.models.addresses import is_loopback, spoken
from purpose_agent.models.backend import Backend
from purpose_agent.models.keys import KeyStore
from purpose_agent.models.ollama_host import ollama_host
from purpose_agent.models.ollama_models import OllamaModel, is_listening, probe
from purpose_agent.models.providers import PROVIDERS, Provider, address_of, place_of
from purpose_agent.types import Record

VARIABLE = "PURPOSE_AGENT_MODEL"
BUILTIN = "builtin:search"
_OTHERS = ("builtin", "ollama", "scripted")
_NAMES = (*_OTHERS, *PROVIDERS)
_SIZE_TAG = re.compile(r"latest|(?:[\w.]*[-.x])?e?\d+(?:\.\d+)?[bmt](?:[-_.]\S*)?", re.IGNORECASE)
_REMOTE_NAMES = re.compile(r"(?:gpt-[0-9]|o[0-9](?:-|$)|claude-|gemini-|chatgpt)", re.IGNORECASE)
_CLOSE = 0.75


class Resolved(NamedTuple):
    """The backend, and in one sentence why it was taken."""

    backend: Backend
    why: str


class ModelInfo(Record, frozen=True, kw_only=True):
    """A model that could be picked. `where` says where the work is done; `why_not` what stands in the way."""

    spec: str
    title: str
    where: str
    available: bool
    why_not: str = ""
    local: bool = False


class UnknownModel(PurposeError):
    """No model goes by this name."""


def resolve_backend(
    spec: str | Backend | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    keys: KeyStore | None = None,
) -> Resolved:
    """The backend for a name, or the best one that is there.

    spec  "builtin", "ollama:qwen3:1.7b", a bare Ollama name ("qwen3:1.7b"), "openai:MODEL" and likewise for every
          provider (the provider alone means its default model), "scripted:FILE.json" (a JSON list of replies), or a
          backend, which is returned as it is.
    Raises UnknownModel, or KeyMissing when the provider needs a key and there is none.
    """
    environment = os.environ if environ is None else environ
    store = keys if keys is not None else KeyStore(environment)
    if spec is not None and not isinstance(spec, str):
        return Resolved(spec, f"{spec.name} was handed over ready-made.")
    if spec is not None and spec.strip():
        return Resolved(_by_name(spec.strip(), environment, store), f"{spec.strip()} was asked for.")
    if named := environment.get(VARIABLE, "").strip():
        return Resolved(_by_name(named, environment, store), f"{VARIABLE} names {named}.")
    return _ollama_that_runs(environment) or _provider_with_key(environment, store) or _builtin_as_last()


def unnamed(*, environ: Mapping[str, str] | None = None, keys: KeyStore | None = None) -> str:
    """The name by which `resolve_backend` would find again what it takes now without one. Raises as that does."""
    named = (os.environ if environ is None else environ).get(VARIABLE, "").strip()
    return named or resolve_backend(None, environ=environ, keys=keys).backend.name


def known(*, environ: Mapping[str, str] | None = None, keys: KeyStore | None = None) -> list[ModelInfo]:
    """Every model that could be picked now, those on this machine first. Knocks at local ports only."""
    environment = os.environ if environ is None else environ
    store = keys if keys is not None else KeyStore(environment)
    builtin = ModelInfo(
        spec=BUILTIN, title="Built-in search (no language model)", where="on this machine", available=True, local=True
    )
    local = [_local_info(row, environment) for row in PROVIDERS.values() if row.local]
    remote = [_remote_info(row, environment, store) for row in PROVIDERS.values() if not row.local]
    return [builtin, *_ollama_infos(environment), *local, *remote]


def preferred(models: Sequence[OllamaModel]) -> OllamaModel | None:
    """The model of Ollama that is taken unasked: the one pulled last that can chat and runs on this machine."""
    return next((model for model in models if model.can_chat and not model.cloud), None)


def _by_name(spec: str, environ: Mapping[str, str], keys: KeyStore) -> Backend:
    prefix, _, rest = spec.partition(":")
    name = prefix.lower()
    if name == "builtin":
        return _builtin(rest)
    if name == "scripted":
        return _scripted(rest)
    if name == "ollama":
        return _ollama(rest or _ollama_default(environ), environ)
    if name in PROVIDERS and not (rest and _SIZE_TAG.fullmatch(rest)):
        from purpose_agent.models.openai_compatible import OpenAICompatibleBackend

        return OpenAICompatibleBackend(PROVIDERS[name], rest, keys=keys, base_url=address_of(PROVIDERS[name], environ))
    # From here on it is a bare Ollama name ("mistral:7b" too), unless it looks like a slip of the pen.
    if _is_slip(name, rest):
        raise _unknown(spec, name)
    return _ollama(spec, environ)


def _is_slip(name: str, rest: str) -> bool:
    if rest and _SIZE_TAG.fullmatch(rest):
        return False
    if not re.fullmatch(r"[\w./:-]+", f"{name}:{rest}") or _REMOTE_NAMES.match(rest) or _REMOTE_NAMES.match(name):
        return True
    return bool(difflib.get_close_matches(name, _NAMES, n=1, cutoff=_CLOSE))


def _unknown(spec: str, name: str) -> UnknownModel:
    close = difflib.get_close_matches(name, _NAMES, n=1, cutoff=0.6)
    meant = f"Did you mean {close[0]}? " if close else ""
    known_names = ", ".join(_NAMES)
    return UnknownModel(
        f"There is no model named {spec[:80]}.",
        fix=f"{meant}Write PROVIDER:MODEL with one of {known_names}; a bare name is one of Ollama's.",
    )


def _builtin(rest: str) -> Backend:
    if rest not in ("", "search"):
        raise UnknownModel(f"There is no built-in model named {rest[:80]}.", fix=f"The one there is: {BUILTIN}.")
    from purpose_agent.models.builtin import BuiltinBackend

    return BuiltinBackend()


def _scripted(path: str) -> Backend:
    from purpose_agent.models.scripted import ScriptedBackend

    try:
        replies = msgspec.json.decode(Path(path).read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise UnknownModel(
            f"A scripted model reads its replies from a file, and {path or 'no file'} cannot be read.",
            fix="Write scripted:FILE.json with a JSON list of texts in the file.",
        ) from error
    return ScriptedBackend(replies, name=f"scripted:{Path(path).stem}")


def _ollama(model: str, environ: Mapping[str, str]) -> Backend:
    from purpose_agent.models.ollama import OllamaBackend

    return OllamaBackend(model, host=ollama_host(environ))


def _ollama_default(environ: Mapping[str, str]) -> str:
    model = preferred(probe(ollama_host(environ)) or [])
    if model is None:
        raise UnknownModel(
            "Ollama has no model to take, or does not run.", fix="Get one, for example with `ollama pull qwen3:1.7b`."
        )
    return model.name


def _ollama_that_runs(environ: Mapping[str, str]) -> Resolved | None:
    host = ollama_host(environ)
    models = probe(host)
    model = preferred(models or [])
    if model is None:
        return None
    others = f", of {len(models or [])}" if len(models or []) > 1 else ""
    why = f"Ollama runs at {spoken(host)}, and {model.name} is the model that was pulled last{others}."
    return Resolved(_ollama(model.name, environ), why)


def _provider_with_key(environ: Mapping[str, str], keys: KeyStore) -> Resolved | None:
    for provider in PROVIDERS.values():
        place = keys.where(provider.name) if provider.detect and not provider.optional_key else None
        if place is None:
            continue
        backend = _by_name(provider.name, environ, keys)
        found = {"environment": "in the environment", "keyring": "in the keyring", "file": "among your stored keys"}
        why = (
            f"No Ollama with a model runs here, and a key for {provider.title} is {found[place]}: "
            f"your tasks will be {place_of(provider, environ)} ({backend.name})."
        )
        return Resolved(backend, why)
    return None


def _builtin_as_last() -> Resolved:
    return Resolved(
        _builtin(""),
        "No Ollama with a model runs here and no provider's key was found, so the built-in search is used: "
        "it is no language model, but nothing leaves this machine.",
    )


def _ollama_infos(environ: Mapping[str, str]) -> list[ModelInfo]:
    try:
        host = ollama_host(environ)
    except PurposeError as error:
        return [ModelInfo(spec="ollama", title="Ollama", where="nowhere", available=False, why_not=str(error))]
    models = probe(host)
    if not models:
        why_not = (
            f"Ollama does not run at {spoken(host)}. Start it with `ollama serve`."
            if models is None
            else "Ollama has no model yet. Get one, for example with `ollama pull qwen3:1.7b`."
        )
        return [ModelInfo(spec="ollama", title="Ollama", where="on this machine", available=False, why_not=why_not)]
    return [
        ModelInfo(
            spec=f"ollama:{model.name}",
            title=f"{model.name} ({model.parameters})" if model.parameters else model.name,
            where="sent to Ollama's servers" if model.cloud else "on this machine",
            available=model.can_chat,
            why_not="" if model.can_chat else "It makes vectors and cannot answer.",
            local=not model.cloud,
        )
        for model in models
    ]


def _local_info(provider: Provider, environ: Mapping[str, str]) -> ModelInfo:
    address = address_of(provider, environ)
    there = is_listening(address, timeout_s=0.1)
    return ModelInfo(
        spec=provider.name,
        title=provider.title,
        where=place_of(provider, environ),
        available=there,
        why_not="" if there else f"Nothing answers at {spoken(address)}. Start {provider.title}.",
        local=is_loopback(address),
    )


def _remote_info(provider: Provider, environ: Mapping[str, str], keys: KeyStore) -> ModelInfo:
    address = address_of(provider, environ)
    has_key = provider.optional_key or keys.where(provider.name) is not None
    if not address:
        why_not = f"Set {provider.url_env} to its address."
    else:
        why_not = "" if has_key else f"No key. Set {' or '.join(provider.keys)}, or enter one."
    return ModelInfo(
        spec=f"{provider.name}:{provider.default_model}" if provider.default_model else provider.name,
        title=provider.title,
        where=place_of(provider, environ),
        available=not why_not,
        why_not=why_not,
        local=is_loopback(address),
    )
