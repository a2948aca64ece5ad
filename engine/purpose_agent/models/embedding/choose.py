"""Which model makes vectors: the two that ship with the package, or one of Ollama's, by name; nothing is downloaded.

"minilm" finds best and reads some 100 passages a second; "static" reads thousands and finds less; "ollama:<model>" is
whatever the person pulled, for other languages most of all.
"""

from functools import lru_cache

from purpose_agent.errors import PurposeError
from purpose_agent.models.embedding import minilm, static
from purpose_agent.models.embedding.ollama import OllamaEmbedder
from purpose_agent.models.embedding.port import Embedder
from purpose_agent.models.ollama_host import ollama_host
from purpose_agent.resources import resource_root

SHIPPED = ("minilm", "static")
_OLLAMA = "ollama:"
_MODELS_KEPT = 8


def shipped_embedder() -> static.StaticEmbedder:
    """The one that costs next to nothing; lessons are found by it. One for the process, read when first used."""
    return _static()


def embedder_named(name: str) -> Embedder:
    """The same object for the same name. Raises PurposeError for a name that means none."""
    wanted = name.strip()
    if wanted == "static":
        return _static()
    if wanted == "minilm":
        return _minilm()
    if wanted.startswith(_OLLAMA) and len(wanted) > len(_OLLAMA):
        return _ollama(wanted.removeprefix(_OLLAMA), ollama_host())
    raise PurposeError(
        f"There is no model for search by meaning named {name!r}.",
        "Use minilm, static, or ollama:<model>, for example ollama:nomic-embed-text.",
    )


def best_shipped_embedder() -> minilm.MiniLMEmbedder:
    """The one that finds best; answers are picked and checked by it. One for the process, read when first used."""
    return _minilm()


@lru_cache(maxsize=1)
def _static() -> static.StaticEmbedder:
    return static.StaticEmbedder(resource_root() / "data" / "models" / static.MODEL)


@lru_cache(maxsize=1)
def _minilm() -> minilm.MiniLMEmbedder:
    return minilm.MiniLMEmbedder(resource_root() / "data" / "models" / minilm.MODEL)


@lru_cache(maxsize=_MODELS_KEPT)
def _ollama(model: str, host: str) -> Embedder:
    return OllamaEmbedder(model, host=host)
