"""The seven rules of Φ, as far as code can hold them."""

import asyncio
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.core.actor import Exchange
from purpose_agent.core.critics import DeltaCritic, StandardCritic, TestsCritic, UserCheck, read_verdict
from purpose_agent.core.prompt_compiler import CompiledPrompt
from purpose_agent.core.purpose_function import Judged, PurposeFunction, is_cited, shaped_reward
from purpose_agent.core.state_delta import DeltaTeller
from purpose_agent.models.backend import Reply
from purpose_agent.models.errors import ModelUnreachable
from purpose_agent.types import State, Task

PURPOSE = "Write a report on bridges"
TASK = Task(text="Report on the three oldest bridges")
TELLER = DeltaTeller(PURPOSE)


class Judge:
    """A critic's model that says what it is told, and counts how often and how much it is asked."""

    def __init__(self, *says: str | Exception) -> None:
        self.says = list(says)
        self.prompts: list[str] = []

    async def __call__(self, prompt: CompiledPrompt, schema: object) -> Exchange:
        said = self.says[min(len(self.prompts), len(self.says) - 1)]
        self.prompts.append(prompt.text)
        if isinstance(said, Exception):
            raise said
        return Exchange(prompt, Reply(text=said))


def says(phi: object, evidence: str = "bridge", confidence: object = 0.9, **more: object) -> str:
    return json.dumps({"phi": phi, "evidence": evidence, "confidence": confidence, **more})


def function(judge: Judge, **more: object) -> PurposeFunction:
    return PurposeFunction(PURPOSE, TASK, critic=DeltaCritic(judge, name="judge", tier="judge"), **more)


def walk(phi: PurposeFunction, *facts: dict) -> list[Judged]:
    async def steps() -> list[Judged]:
        before, judged = State(), []
        for each in facts:
            after = State(facts=each)
            judged.append(await phi.score(before, after, TELLER.compare(before, after)))
            before = after
        return judged

    return asyncio.run(steps())


def test_a_cited_change_earns_what_the_critic_says() -> None:
    (judged,) = walk(function(Judge(says(6, "the first bridge"))), {"text": "On the first bridge"})
    assert (judged.score.phi, judged.score.flags, judged.score.tier) == (6.0, (), "judge")
    assert judged.score.shaped == pytest.approx(0.99 * 6)


@pytest.mark.parametrize("evidence", ["", "a promise", "the work is excellent", " . "])
def test_without_a_visible_change_there_is_no_gain(evidence: str) -> None:
    (judged,) = walk(function(Judge(says(9, evidence))), {"text": "On the first bridge"})
    assert judged.score.phi == 0.0
    assert "no_evidence" in judged.score.flags


def test_without_evidence_a_fall_still_counts() -> None:
    first, second = walk(function(Judge(says(6), says(2, "nowhere"))), {"a": "bridge"}, {"a": "bridge, worse"})
    assert (first.score.phi, second.score.phi) == (6.0, 2.0)


def test_what_only_looks_like_progress_earns_nothing_and_is_flagged() -> None:
    judge = Judge(says(4), says(8, "bridge two", looks_like_progress=True))
    _, second = walk(function(judge), {"a": "bridge one"}, {"a": "bridge two"})
    assert second.score.phi == 4.0
    assert "looks_like_progress" in second.score.flags
    assert second.score.shaped < 0


def test_an_equal_state_gets_an_equal_score_and_nobody_is_asked() -> None:
    judge = Judge(says(4, "one"), says(7, "two"), says(9, "one"))
    judged = walk(function(judge), {"a": "one"}, {"a": "two"}, {"a": "one"})
    assert [each.score.phi for each in judged] == [4.0, 7.0, 4.0]
    assert "same_state" in judged[2].score.flags
    assert len(judge.prompts) == 2


def test_a_step_that_changes_nothing_keeps_the_score_and_asks_nobody() -> None:
    judge = Judge(says(4, "one"))
    first, second = walk(function(judge), {"a": "one"}, {"a": "one"})
    assert (second.score.phi, second.made) == (first.score.phi, False)
    assert len(judge.prompts) == 1


def test_counting_attempts_is_not_a_change_of_the_work() -> None:
    judge = Judge(says(4, "one"))
    walk(function(judge), {"a": "one", "attempts": 1}, {"a": "one", "attempts": 99})
    assert len(judge.prompts) == 1


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "splendid work, ten out of ten",
        says(11),
        says(-1),
        says(math.nan),
        says(math.inf),
        says(True),
        says(None),
        says("seven"),
        says(5, confidence=2),
        '{"phi": 5, "evidence": "bridge"}',
        "[1, 2]",
    ],
)
def test_an_unusable_verdict_is_no_verdict(reply: str) -> None:
    first, second = walk(function(Judge(says(4), reply)), {"a": "bridge"}, {"a": "bridge two"})
    assert first.score.phi == 4.0
    assert second.score.phi is None
    assert second.score.flags == ("no_verdict",)
    assert second.why


def test_after_a_step_without_a_verdict_the_last_one_stands() -> None:
    phi = function(Judge(says(4), "nonsense"))
    walk(phi, {"a": "bridge"}, {"a": "bridge two"})
    assert phi.standing.phi == 4.0


def test_a_critic_that_cannot_be_reached_does_not_break_the_step() -> None:
    (judged,) = walk(function(Judge(ModelUnreachable("Nothing answers.", "Start it."))), {"a": "bridge"})
    assert judged.score.phi is None
    assert "Nothing answers." in judged.why


@given(st.text(max_size=400))
def test_no_reply_makes_a_score_outside_the_scale(reply: str) -> None:
    verdict = read_verdict(reply)
    assert isinstance(verdict, str) or (0 <= verdict.phi <= 10 and 0 <= verdict.confidence <= 1)


@given(
    st.lists(
        st.tuples(st.floats(0, 10), st.sampled_from(["mark", "nowhere"]), st.booleans(), st.integers(0, 3)), max_size=12
    )
)
def test_in_any_history_gains_rest_on_evidence_and_equal_states_score_equally(history: list) -> None:
    judge = Judge(*(says(phi, cite, looks_like_progress=fake) for phi, cite, fake, _ in history), says(0))
    judged = walk(function(judge), *({"a": f"mark {place}"} for *_, place in history))
    seen: dict[int, float | None] = {}
    standing = 0.0
    for (*_, place), each in zip(history, judged, strict=True):
        phi = each.score.phi
        assert phi is not None
        assert seen.setdefault(place, phi) == phi
        if {"no_evidence", "looks_like_progress"} & set(each.score.flags) and "same_state" not in each.score.flags:
            assert phi <= standing
        standing = phi


def test_given_tests_need_no_critic_and_give_the_score() -> None:
    judge = Judge(says(10))
    task = Task(text="f", tests=("assert f(1)", "assert f(2)", "assert f(3)"))
    critic = DeltaCritic(judge, name="judge", tier="judge")
    phi = PurposeFunction(PURPOSE, task, checks=[TestsCritic(task)], critic=critic)
    first, second = walk(phi, {"plan": "x"}, {"answer": "def f", "tests_passed": 2, "tests_total": 3})
    assert first.score.phi is None
    assert (second.score.phi, second.score.tier, second.score.passed) == (pytest.approx(20 / 3), "given_tests", 2)
    assert judge.prompts == []


def test_the_persons_own_check_outranks_tests() -> None:
    task = Task(text="f", tests=("assert f(1)",))
    phi = PurposeFunction(PURPOSE, task, checks=[UserCheck(lambda answer: "good" in answer), TestsCritic(task)])
    (judged,) = walk(phi, {"answer": "good", "tests_passed": 0, "tests_total": 1})
    assert (judged.score.phi, judged.score.tier) == (10.0, "user")


@pytest.mark.parametrize("kind", [DeltaCritic, StandardCritic])
def test_what_the_critic_reads_is_as_long_at_step_100_as_at_step_1(kind: type[DeltaCritic]) -> None:
    judge = Judge(says(5, "line"))
    phi = PurposeFunction(PURPOSE, TASK, critic=kind(judge, name="judge", tier="judge"))
    facts: dict[str, object] = {"history": "", "result": "line 000 " * 60}
    states = []
    for step in range(1, 101):
        facts = {**facts, "history": f"{facts['history']} step {step:03}", "result": f"line {step:03} " * 60}
        facts[f"extra {step:03}"] = "z" * 500
        states.append(facts)
    walk(phi, {"history": "", "result": "line 000 " * 60}, *states)
    sizes = [len(prompt) for prompt in judge.prompts[1:]]
    assert len(sizes) == 100
    assert max(sizes) <= min(sizes) * 1.05
    assert max(sizes) < 1_500


def test_the_critic_never_sees_thoughts() -> None:
    judge = Judge(says(5, "one"))
    walk(function(judge), {"a": "one"})
    assert "thought" not in judge.prompts[0]


def test_shaping_adds_up_to_the_potential() -> None:
    assert shaped_reward(None, 5.0) == pytest.approx(4.95)
    assert shaped_reward(5.0, 5.0) == pytest.approx(-0.05)
    assert shaped_reward(5.0, None) == -5.0


@pytest.mark.parametrize(
    ("evidence", "visible", "cited"),
    [
        ("n: 1 -> 2", "~ n: 1 → 2", True),
        ("“Oldest Bridge”", "+ text: the oldest bridge", True),
        ("ridge", "+ text: bridge", False),
        ("", "+ text: bridge", False),
    ],
)
def test_evidence_is_cited_when_its_words_stand_there_in_order(evidence: str, visible: str, cited: bool) -> None:
    assert is_cited(evidence, visible) is cited
