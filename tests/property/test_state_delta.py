"""What the critic reads of a step: bounded, and nothing that the purpose names is lost by the bound."""

from hypothesis import example, given
from hypothesis import strategies as st

from purpose_agent.core.state_delta import DELTA_CHARS, NO_CHANGE, DeltaTeller, shorten
from purpose_agent.types import State

NAMES = st.text(min_size=1, max_size=30)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=2000), st.lists(st.integers())
)
FACTS = st.dictionaries(NAMES, VALUES, max_size=60)


@given(FACTS, FACTS, st.text(max_size=300))
def test_the_text_is_bounded_whatever_the_states_hold(old: dict, new: dict, purpose: str) -> None:
    delta = DeltaTeller(purpose).compare(State(facts=old), State(facts=new))
    assert len(delta.text) <= DELTA_CHARS
    assert {**{n: v for n, v in old.items() if n not in delta.removed}, **delta.changed} == new
    assert delta.is_empty == (delta.text == NO_CHANGE)


@given(FACTS, FACTS, st.text(max_size=100))
def test_equal_states_give_equal_text(old: dict, new: dict, purpose: str) -> None:
    one = DeltaTeller(purpose).compare(State(facts=old), State(facts=new))
    two = DeltaTeller(purpose).compare(State(facts=dict(old)), State(facts=dict(new)))
    assert one == two


@given(st.text(alphabet="abcdefgh ", max_size=250), st.integers(0, 40))
def test_a_value_that_the_purpose_names_is_kept_word_for_word(value: str, noise: int) -> None:
    facts = {f"noise_{number}": "x" * 300 for number in range(noise)}
    delta = DeltaTeller("Keep the invoice total right").compare(State(), State(facts={**facts, "invoice_total": value}))
    assert f"+ invoice_total: {value}" in delta.text


@given(st.integers(0, 50_000), st.integers(0, 50_000))
@example(before=6, after=539)  # fills the room to its last character
def test_a_named_word_deep_in_a_long_value_stays_in_sight(before: int, after: int) -> None:
    page = "y" * before + " the launch code is 4711 " + "z" * after
    delta = DeltaTeller("Find the launch code").compare(State(), State(facts={"page": page}))
    assert "launch code is 4711" in delta.text
    assert len(delta.text) <= DELTA_CHARS


def test_other_values_are_shortened_and_say_how_long_they_were() -> None:
    delta = DeltaTeller("Greet people").compare(State(), State(facts={"log": "x" * 5_000}))
    assert "(5,000 characters)" in delta.text
    assert len(delta.text) < 250


@given(st.text(alphabet="abc (){}", min_size=1, max_size=2_000))
def test_the_draft_stays_in_sight_when_another_agent_only_accepts_it(draft: str) -> None:
    before = State(facts={"answer": "def add" + draft})
    delta = DeltaTeller("Greet people").compare(before, State(facts={**before.facts, "accepted by tester": "fine"}))
    assert "= answer: def add" in delta.text
    assert "answer" not in delta.changes, "what did not change is no evidence"
    assert len(delta.text) <= DELTA_CHARS


def test_a_change_shows_old_and_new() -> None:
    delta = DeltaTeller("Count").compare(State(facts={"n": 1, "gone": True}), State(facts={"n": 2}))
    assert "~ n: 1 → 2" in delta.text
    assert "- gone: true" in delta.text


def test_a_fact_that_the_purpose_calls_by_name_is_shown_also_when_it_did_not_change() -> None:
    teller = DeltaTeller("Keep the invoice total below 100")
    delta = teller.compare(State(facts={"invoice_total": 12, "n": 1}), State(facts={"invoice_total": 12, "n": 2}))
    assert "= invoice_total: 12" in delta.text
    assert "invoice_total" not in delta.changes


def test_the_size_does_not_follow_the_size_of_state_and_history() -> None:
    teller = DeltaTeller("Collect notes on bridges")
    sizes = []
    facts: dict[str, object] = {}
    for step in range(1, 101):
        after = {**facts, f"note {step:03}": f"text {step:03} " * 40, "result": f"{step:03} " * 50}
        sizes.append(len(teller.compare(State(facts=facts), State(facts=after)).text))
        facts = after
    assert max(sizes[1:]) <= min(sizes[1:]) * 1.05


def test_true_and_one_are_different_values() -> None:
    assert not DeltaTeller("x").compare(State(facts={"a": 1}), State(facts={"a": True})).is_empty


@given(st.text(max_size=500), st.integers(0, 200))
def test_shortening_never_lengthens(text: str, room: int) -> None:
    assert len(shorten(text, room)) <= max(room, 1)
