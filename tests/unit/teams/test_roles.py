import pytest

from purpose_agent.errors import PurposeError
from purpose_agent.teams.roles import agents_for, read_purpose


@pytest.mark.parametrize(
    ("purpose", "roles"),
    [
        ("Help me write Python code", ["coder"]),
        ("Code helper", ["coder"]),
        ("Write Python code and test it", ["architect", "coder", "tester"]),
        ("Research quantum computing", ["researcher", "analyst"]),
        ("Analyze sales data", ["analyst", "reporter"]),
        ("Write a blog post", ["writer", "editor"]),
        ("Answer questions about our product", ["reader"]),
        ("Plan my week", ["helper"]),
    ],
)
def test_a_purpose_in_plain_words_gets_the_agents_it_needs(purpose: str, roles: list[str]) -> None:
    agents = agents_for(purpose)
    assert [agent.role for agent in agents] == roles
    assert sum(agent.answers for agent in agents) == 1


@pytest.mark.parametrize("purpose", ["", "  \n ", "x" * 1_000_000])
def test_an_empty_or_endless_purpose_gets_a_sentence(purpose: str) -> None:
    with pytest.raises(PurposeError) as caught:
        read_purpose(purpose)
    assert caught.value.fix
