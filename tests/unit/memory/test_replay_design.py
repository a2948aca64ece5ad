"""Waiting lessons prove themselves in replays, within a budget, before any live prompt holds them."""

import random
from collections.abc import Sequence

import pytest

from purpose_agent.memory.choice import Option, Rules, choose
from purpose_agent.memory.credit_model import EVERYWHERE, Credited, CreditModel, Estimate
from purpose_agent.memory.replay_design import Experiment, ReplayDesign, ReplayRules, StoredTask

KIND, OTHER = "code: list of numbers → number", "writing"
TASKS = [StoredTask(number, KIND) for number in range(12)]


class Student:
    """Succeeds by a base rate and the true effects, in probit units, of the lessons shown."""

    def __init__(self, truth: dict[str, float], seed: int = 5) -> None:
        self.truth = truth
        self.rng = random.Random(seed)
        self.shown: list[tuple[str, ...]] = []

    def run(self, lessons: Sequence[Credited]) -> bool:
        self.shown.append(tuple(lesson.key for lesson in lessons))
        return self.rng.gauss(-0.2 + sum(self.truth[lesson.key] for lesson in lessons), 1.0) > 0


def design_for(truth: dict[str, float], seed: int = 3, rules: ReplayRules | None = None) -> ReplayDesign:
    design = ReplayDesign(CreditModel(), random.Random(seed), rules or ReplayRules())
    for key in truth:
        design.add(Credited(key, KIND))
    return design


def replay(design: ReplayDesign, student: Student, replays: int, tasks: Sequence[StoredTask[int]] = TASKS) -> int:
    design.grant(replays)
    made = 0
    while experiment := design.propose(tasks):
        design.learn(experiment, success=student.run(experiment.lessons))
        made += 1
    return made


def test_a_helpful_lesson_is_released_and_a_harmful_one_retired() -> None:
    truth = {"helps": 0.8, "harms": -0.8, **{f"inert {n}": 0.0 for n in range(6)}}
    design = design_for(truth)
    assert {design.verdict(key, KIND) for key in truth} == {"waiting"}
    replay(design, Student(truth), 150)
    assert design.verdict("helps", KIND) == "released"
    assert design.verdict("harms", KIND) == "retired"
    assert Credited("helps", KIND) in design.released(KIND)
    assert design.harmed("harms", [KIND, OTHER])[0] == KIND
    assert design.harmed("helps", [KIND, OTHER]) == []


def test_poison_that_looks_like_every_task_is_kept_out_of_live_prompts() -> None:
    truth = {**{f"good {n}": 0.5 for n in range(4)}, **{f"poison {n}": -0.5 for n in range(6)}}
    looks = {key: 0.65 if key.startswith("poison") else 0.4 for key in truth}
    tasks = [StoredTask(number, KIND, looks) for number in range(12)]
    released: list[str] = []
    for seed in range(10):
        design = design_for(truth, seed)
        replay(design, Student(truth, seed), 200, tasks)
        released += [lesson.key for lesson in design.released(KIND)]
    assert sum(key.startswith("good") for key in released) > 30, "of 40"
    assert sum(key.startswith("poison") for key in released) <= 3, "of 60"


def test_one_replay_informs_on_several_lessons_and_never_on_more_than_allowed() -> None:
    truth = {f"lesson {n}": 0.1 for n in range(30)}
    student = Student(truth)
    replay(design_for(truth, rules=ReplayRules(size=5)), student, 60)
    sizes = [len(keys) for keys in student.shown]
    assert max(sizes) == 5
    assert sum(sizes) / len(sizes) > 4
    assert all(len(set(keys)) == len(keys) for keys in student.shown)


def test_the_budget_is_never_exceeded() -> None:
    truth = {"a": 0.4, "b": 0.0, "c": -0.2}
    design, student = design_for(truth), Student(truth)
    assert design.propose(TASKS) is None, "nothing was granted"
    assert replay(design, student, 25) == 25
    assert replay(design, student, 0) == 0
    assert len(student.shown) == 25
    with pytest.raises(ValueError, match="negative"):
        design.grant(-1)


def test_nothing_is_spent_when_there_is_nothing_to_test() -> None:
    design = design_for({})
    design.grant(5)
    assert design.propose(TASKS) is None
    design.add(Credited("a", KIND))
    assert design.propose([]) is None
    hopeless = CreditModel()
    hopeless.put("a", KIND, Estimate(-2.0, 0.01, 40))
    done = ReplayDesign(hopeless, random.Random(1))
    done.add(Credited("a", KIND))
    done.grant(5)
    assert done.propose(TASKS) is None
    assert (design.budget, done.budget) == (5, 5)


def test_a_retired_lesson_gets_no_more_replays_in_that_kind() -> None:
    truth = {"harms": -1.0, "a": 0.3, "b": 0.3}
    design, student = design_for(truth), Student(truth)
    replay(design, student, 120)
    assert design.verdict("harms", KIND) == "retired"
    assert design.outcome("harms", [KIND]) == "retired"
    tried = len(student.shown)
    replay(design, student, 40)
    assert all("harms" not in keys for keys in student.shown[tried:])


def test_places_go_to_lessons_that_may_help() -> None:
    truth = {"good": 0.7, **{f"harms {n}": -0.6 for n in range(12)}}
    design, student = design_for(truth), Student(truth)
    replay(design, student, 160)
    late = student.shown[100:]
    assert sum("good" in keys for keys in late) / len(late) > 0.6
    assert sum(map(len, late)) / len(late) < 4


def test_a_share_of_the_replays_looks_again_at_finalists() -> None:
    model = CreditModel()
    for key in ("first", "second", "third"):
        model.put(key, KIND, Estimate(0.4, 0.1, 20))
    model.put("sure", KIND, Estimate(2.0, 0.05, 90))
    design = ReplayDesign(model, random.Random(2), ReplayRules(recheck=0.25))
    for key in ("first", "second", "third", "sure", "waiting"):
        design.add(Credited(key, KIND))
    design.grant(800)
    made: list[Experiment[int]] = [found for _ in range(800) if (found := design.propose(TASKS))]
    again = [experiment for experiment in made if experiment.purpose == "recheck"]
    assert 0.15 < len(again) / len(made) < 0.3
    assert {lesson.key for experiment in again for lesson in experiment.lessons} == {"first", "second", "third"}
    alone = sum(len(experiment.lessons) < 3 for experiment in again)
    assert alone / len(again) > 0.7, "by the toss of a coin, so that they are told apart"


def test_a_released_lesson_stays_through_a_small_doubt_and_goes_back_at_a_larger_one() -> None:
    model = CreditModel()
    design = ReplayDesign(model, random.Random(1))
    lesson = Credited("a", KIND)
    design.add(lesson)
    verdicts = []
    for mean in (0.0, 0.12, 0.3, 0.12, 0.05, 0.12):
        model.put("a", KIND, Estimate(mean, 0.09, 10))
        verdicts.append(design.verdict("a", KIND))
    assert verdicts == ["waiting", "waiting", "released", "released", "waiting", "waiting"]


def test_an_earlier_release_is_taken_over_and_a_removed_lesson_is_gone() -> None:
    model = CreditModel()
    model.put("a", KIND, Estimate(0.12, 0.09, 10))
    design = ReplayDesign(model, random.Random(1))
    design.add(Credited("a", KIND), released_in=[KIND])
    assert [lesson.key for lesson in design.released(KIND)] == ["a"]
    design.remove("a")
    assert design.released(KIND) == []
    with pytest.raises(KeyError):
        design.lesson("a")


def test_a_verdict_is_about_one_kind_of_task() -> None:
    model = CreditModel()
    model.put("a", KIND, Estimate(0.8, 0.02, 30))
    model.put("a", OTHER, Estimate(-0.8, 0.02, 30))
    design = ReplayDesign(model, random.Random(1))
    design.add(Credited("a", KIND))
    assert design.verdict("a", KIND) == "released"
    assert design.verdict("a", OTHER) == "retired"
    assert design.released(OTHER) == []
    assert design.outcome("a", [KIND, OTHER]) == "released"


def test_the_same_seed_gives_the_same_experiments() -> None:
    truth = {f"lesson {n}": (n - 5) / 10 for n in range(11)}
    first, second, other = (Student(truth) for _ in range(3))
    replay(design_for(truth, 4), first, 80)
    replay(design_for(truth, 4), second, 80)
    replay(design_for(truth, 5), other, 80)
    assert first.shown == second.shown
    assert first.shown != other.shown


def test_credit_of_many_lessons_is_the_credit_of_each() -> None:
    truth = {f"lesson {n}": 0.2 for n in range(9)}
    model = CreditModel()
    design = ReplayDesign(model, random.Random(8))
    lessons = [Credited("free"), *(Credited(key, KIND) for key in truth)]
    for lesson in lessons:
        design.add(lesson)
    replay(design, Student({**truth, "free": 0.0}), 40)
    for kind in (KIND, OTHER, EVERYWHERE):
        assert model.effects(lessons, kind) == [model.effect(lesson, kind) for lesson in lessons]


def test_a_replayed_lesson_is_live_only_while_it_is_proven_and_takes_no_place_of_exploration() -> None:
    rules = Rules(holdout=0.0)
    doubtful = Option("doubtful", 0.12, 0.34, 10, 0.9, replayed=True)
    unproven = Option("unproven", 0.05, 0.34, 10, 0.9, replayed=True)
    approved = Option("approved", 0.0, 0.47, 0, 0.9)
    choice = choose([doubtful, unproven, approved], rules, random.Random(1))
    assert set(choice.keys) == {"doubtful", "approved"}
    assert choice.exploring == {"approved"}
