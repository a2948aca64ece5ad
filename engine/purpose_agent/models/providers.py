"""The providers that speak the OpenAI chat format: addresses, key names and what each does differently.

A row tells only what changes the request. Prices are left out on purpose: they change, and a stale price is a made-up
figure; a cost is reported where the provider itself sends one. `default_model` is what is taken when a key is all
that is known, aliases that the provider keeps moving where it has them. A name that has gone is answered with
`ModelMissing`, which says how to choose another.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from purpose_agent.models.addresses import is_loopback
from purpose_agent.types import Record

SchemaSupport = Literal["json_schema", "json_object", "none"]
ThinkField = Literal["reasoning_effort", "reasoning", "chat_template_kwargs", "none"]


class Provider(Record, frozen=True, kw_only=True):
    """One row of the table.

    keys         environment variables that may hold the key, first wins; empty when none is needed.
    optional_key the server answers without a key as well.
    url_env      environment variable that moves the address.
    max_tokens   the name of the field that bounds the reply.
    schema       how far a reply can be held to a JSON Schema.
    think        the field that sets how much a model thinks before it answers.
    seed         whether a seed is taken (some refuse the field).
    local        it runs on this machine by default, so nothing is sent away.
    detect       a key alone is reason enough to take it when no model was named.
    """

    name: str
    title: str
    base_url: str
    keys: tuple[str, ...] = ()
    default_model: str = ""
    url_env: str = ""
    max_tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    schema: SchemaSupport = "json_schema"
    think: ThinkField = "none"
    seed: bool = True
    optional_key: bool = False
    local: bool = False
    detect: bool = True
    stream_usage: bool = True
    headers: tuple[tuple[str, str], ...] = ()


_TABLE = (
    Provider(
        name="openai",
        think="reasoning_effort",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        keys=("OPENAI_API_KEY",),
        default_model="gpt-5-mini",
        url_env="OPENAI_BASE_URL",
        max_tokens="max_completion_tokens",
    ),
    Provider(
        name="anthropic",
        title="Anthropic",
        base_url="https://api.anthropic.com/v1",
        keys=("ANTHROPIC_API_KEY",),
        default_model="claude-haiku-4-5",
        schema="none",  # its compatibility layer ignores response_format and seed
        seed=False,
    ),
    Provider(
        name="google",
        think="reasoning_effort",
        title="Google Gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
        keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        default_model="gemini-flash-latest",
        seed=False,
    ),
    Provider(
        name="openrouter",
        think="reasoning",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        keys=("OPENROUTER_API_KEY",),
        default_model="openrouter/auto",
    ),
    Provider(
        name="groq",
        think="reasoning_effort",
        title="Groq",
        base_url="https://api.groq.com/openai/v1",
        keys=("GROQ_API_KEY",),
        default_model="openai/gpt-oss-120b",
        max_tokens="max_completion_tokens",
        schema="json_object",  # a schema is taken by some of its models only
    ),
    Provider(
        name="together",
        think="reasoning_effort",
        title="Together AI",
        base_url="https://api.together.xyz/v1",
        keys=("TOGETHER_API_KEY",),
        default_model="openai/gpt-oss-120b",
    ),
    Provider(
        name="fireworks",
        think="reasoning_effort",
        title="Fireworks AI",
        base_url="https://api.fireworks.ai/inference/v1",
        keys=("FIREWORKS_API_KEY",),
        default_model="accounts/fireworks/models/gpt-oss-120b",
    ),
    Provider(
        name="cerebras",
        think="reasoning_effort",
        title="Cerebras",
        base_url="https://api.cerebras.ai/v1",
        keys=("CEREBRAS_API_KEY",),
        default_model="gpt-oss-120b",
        max_tokens="max_completion_tokens",
    ),
    Provider(
        name="deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com/v1",
        keys=("DEEPSEEK_API_KEY",),
        default_model="deepseek-chat",
        schema="json_object",
        seed=False,
    ),
    Provider(
        name="mistral",
        title="Mistral",
        base_url="https://api.mistral.ai/v1",
        keys=("MISTRAL_API_KEY",),
        default_model="mistral-small-latest",
        seed=False,  # the field is called random_seed there
        stream_usage=False,  # usage comes unasked, stream_options is refused
    ),
    Provider(
        name="hf",
        title="Hugging Face",
        base_url="https://router.huggingface.co/v1",
        keys=("HF_TOKEN", "HUGGINGFACE_API_KEY"),
        detect=False,  # people set the token to download files; that is no wish to send tasks there
        default_model="openai/gpt-oss-120b",
    ),
    Provider(
        name="lmstudio",
        think="chat_template_kwargs",
        title="LM Studio",
        base_url="http://127.0.0.1:1234/v1",
        keys=("LMSTUDIO_API_KEY",),
        url_env="LMSTUDIO_BASE_URL",
        optional_key=True,
        local=True,
    ),
    Provider(
        name="vllm",
        think="chat_template_kwargs",
        title="vLLM",
        base_url="http://127.0.0.1:8000/v1",
        keys=("VLLM_API_KEY",),
        url_env="VLLM_BASE_URL",
        optional_key=True,
        local=True,
    ),
    Provider(
        name="llamacpp",
        think="chat_template_kwargs",
        title="llama.cpp",
        base_url="http://127.0.0.1:8080/v1",
        keys=("LLAMACPP_API_KEY",),
        url_env="LLAMACPP_BASE_URL",
        optional_key=True,
        local=True,
    ),
    Provider(
        name="custom",
        title="Your own server",
        base_url="",
        keys=("PURPOSE_AGENT_API_KEY",),
        url_env="PURPOSE_AGENT_BASE_URL",
        optional_key=True,
    ),
)  # fmt: skip
PROVIDERS: Mapping[str, Provider] = MappingProxyType({row.name: row for row in _TABLE})
"""In the order in which keys are looked for when a model is to be found."""


def place_of(provider: Provider, environ: Mapping[str, str]) -> str:
    """Where the work is done, for a person: the provider's name, or the address that it was moved to."""
    address = address_of(provider, environ)
    if is_loopback(address):
        return "on this machine"
    if address == provider.base_url:
        return f"sent to {provider.title}"
    return f"sent to {urlsplit(address).hostname or 'the address you set'}"


def address_of(provider: Provider, environ: Mapping[str, str]) -> str:
    """The provider's base URL, moved by its environment variable if that is set; "" when there is none."""
    moved = environ.get(provider.url_env, "").strip() if provider.url_env else ""
    return (moved or provider.base_url).rstrip("/")
