from purpose_agent.notebooks import words


def test_free_is_said_only_of_models_on_this_machine() -> None:
    assert [words.cost(0.0, name) for name in ("builtin:search", "ollama:qwen3:1.7b")] == ["free", "free"]
    assert words.cost(0.0, "openai:some-model") == "cost not told"
    assert words.cost(0.25, "openrouter:some/model") == "$0.25"
