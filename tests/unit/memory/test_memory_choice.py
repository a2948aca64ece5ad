"""The rule by which lessons get into a prompt."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.memory.choice import PINNED, Option, Rules, choose

ALWAYS_IN = Rules(holdout=0.0)
UNTRIED_SD = 0.47


def untried(key: str, similarity: float = 0.5, **parts: object) -> Option:
    return Option(key, 0.0, UNTRIED_SD, 0, similarity)._replace(**parts)  # type: ignore[arg-type]


def proven(key: str, mean: float = 0.5, similarity: float = 0.3, **parts: object) -> Option:
    return Option(key, mean, 0.2, 20, similarity)._replace(**parts)  # type: ignore[arg-type]


def keys(*options: Option, rules: Rules = ALWAYS_IN, seed: int = 1) -> tuple[str, ...]:
    return choose(options, rules, random.Random(seed)).keys


def test_proven_lessons_go_in_and_the_prompt_is_not_filled_up() -> None:
    weak = Option("weak", 0.02, 0.01, 90, 1.0)
    unsure = Option("unsure", 0.1, 0.3, 9, 0.05)
    assert keys(proven("a"), proven("b"), weak, unsure) == ("a", "b")


def test_a_lesson_just_approved_for_such_a_task_is_tried() -> None:
    crowd = [proven(f"old {n}", 0.3 + n / 100) for n in range(20)]
    choice = choose([*crowd, untried("new", 1.0)], ALWAYS_IN, random.Random(1))
    assert "new" in choice.keys
    assert choice.exploring == {"new"}
    assert len(choice.keys) == 10


def test_of_many_untried_ones_the_most_similar_are_tried() -> None:
    crowd = [untried(f"new {n}", n / 100) for n in range(1, 100)]
    assert keys(*crowd) == ("new 99", "new 98", "new 97")


def test_of_equally_similar_ones_the_least_tried_come_first() -> None:
    tried = [Option(f"tried {n}", 0.0, 0.3, 6, 0.8) for n in range(5)]
    assert set(keys(*tried, untried("a", 0.8), untried("b", 0.8))) > {"a", "b"}


def test_a_similar_lesson_that_failed_makes_room_for_others() -> None:
    failed = Option("failed", -0.25, 0.4, 4, 1.0)
    assert keys(failed, untried("other", 0.4), rules=Rules(explore=1, holdout=0.0)) == ("other",)
    assert keys(failed) == ("failed",), "it gets another chance where nothing better is at hand"


def test_a_lesson_without_hope_is_not_tried_again() -> None:
    assert keys(Option("harmful", -0.6, 0.4, 9, 1.0)) == ()
    assert keys(Option("inert", 0.0, 0.02, 90, 1.0)) == ()


def test_an_unlike_lesson_is_not_tried() -> None:
    assert keys(untried("unlike", 0.05)) == ()
    assert keys(untried("like", 1.0), untried("much less like", 0.3)) == ("like",)


def test_lessons_that_say_the_same_take_one_place() -> None:
    same = [untried(f"same {n}", 0.9 + n / 100, act="try fold") for n in range(5)]
    assert keys(*same, untried("other", 0.4, act="try map")) == ("same 4", "other")
    assert keys(proven("p", act="try fold"), *same) == ("p",)


def test_what_the_person_taught_is_in_first_and_at_most_three_are() -> None:
    taught = [untried(f"taught {n}", 0.2 + n / 10, pinned=True) for n in range(4)]
    chosen = keys(*taught, proven("a", similarity=1.0), rules=Rules(holdout=0.0, explore=0))
    assert chosen == ("taught 3", "taught 2", "taught 1", "a")
    assert len(taught) > PINNED


def test_what_the_person_taught_goes_out_only_when_it_is_shown_to_harm() -> None:
    assert keys(Option("taught", -0.3, 0.3, 4, 0.1, pinned=True)) == ("taught",)
    assert keys(Option("taught", -0.3, 0.3, 5, 0.1, pinned=True)) == ()


def test_the_token_budget_holds() -> None:
    long = [proven(f"p{n}", 0.5 - n / 100, tokens=100) for n in range(10)]
    assert len(keys(*long, rules=Rules(tokens=350, holdout=0.0))) == 3
    assert keys(proven("big", tokens=700), proven("small", 0.4, tokens=10)) == ("small",)


def test_one_lesson_is_left_out_in_a_tenth_of_the_runs() -> None:
    options = [proven("a"), proven("b"), proven("taught", pinned=True), untried("new", 0.9)]
    rng = random.Random(3)
    choices = [choose(options, Rules(), rng) for _ in range(4000)]
    left_out = [choice.withheld for choice in choices if choice.withheld]
    assert 0.08 < len(left_out) / len(choices) < 0.12
    assert set(left_out) == {"a", "b"}, "neither what was taught nor a first use"
    assert all(choice.withheld not in choice.keys for choice in choices)


option_lists = st.lists(
    st.builds(
        Option,
        st.text("abcdef", min_size=1, max_size=4),
        st.floats(-2, 2),
        st.floats(0.01, 1),
        st.integers(0, 50),
        st.floats(0, 1),
        st.integers(0, 200),
        st.sampled_from(["", "x", "y"]),
        st.booleans(),
    ),
    max_size=40,
    unique_by=lambda option: option.key,
)


@given(option_lists, st.integers(0, 99), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=150)
def test_every_choice_keeps_the_limits_and_repeats(options: list[Option], seed: int, shuffle: random.Random) -> None:
    choice = choose(options, Rules(), random.Random(seed))
    taken = [option for option in options if option.key in {*choice.keys, choice.withheld}]
    acts = [option.act for option in taken if option.act]
    assert len(choice.keys) == len(set(choice.keys)) <= 10
    assert sum(option.tokens for option in taken) <= 600
    assert len(acts) == len(set(acts))
    assert len(choice.exploring) <= 3
    shuffled = shuffle.sample(options, len(options))
    assert choose(shuffled, Rules(), random.Random(seed)) == choice


def test_what_may_be_left_out_says_with_what_chance() -> None:
    options = [Option(f"c{n}", mean=1.0, sd=0.1, uses=3, similarity=0.9) for n in range(4)]
    options.append(Option("new", mean=0.0, sd=1.0, uses=0, similarity=0.9))
    options.append(Option("mine", mean=1.0, sd=0.1, uses=9, similarity=0.9, pinned=True))
    drawn = [choose(options, Rules(holdout=0.5), random.Random(seed)) for seed in range(400)]
    assert all(choice.tossed == {"c0", "c1", "c2", "c3"} and choice.chance == 0.125 for choice in drawn)
    times = sum(choice.withheld == "c2" for choice in drawn)
    assert 30 <= times <= 72  # 50 of 400, and three standard errors
    assert choose(options, Rules(holdout=0.0), random.Random(1)).chance == 0.0
