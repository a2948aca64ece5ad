"""Pictures tell in words what they show, and keep to the scale."""

from app.charts import compare_phis, effect_over_runs, interval_picture, meter, phi_over_steps, sparkline
from purpose_agent.memory.lesson_words import Interval


def test_a_sparkline_needs_two_runs_and_tells_its_numbers() -> None:
    assert sparkline([9.0]) == ""
    told = sparkline([3.0, None, 10.0])
    assert "Score of the last 3 runs: 3, –, 10" in told
    assert told.count("<i ") == 3


def test_a_score_without_evidence_is_not_shown_as_a_score() -> None:
    assert "Φ" not in meter(8.0, "none")
    assert "Φ" not in meter(None, "given_tests")
    assert "not checked" in meter(8.0, "none")


def test_a_score_by_the_same_model_is_paler_and_says_so() -> None:
    assert "pa-pale" in meter(8.0, "self")
    assert "judged by the same model" in meter(8.0, "self")
    assert "pa-pale" not in meter(8.0, "given_tests", passed=12, total=12)
    assert "12 of 12" in meter(8.0, "given_tests", passed=12, total=12)


def test_the_scale_of_a_curve_is_whole() -> None:
    for figure in (phi_over_steps([1, 2], [3.0, 4.0]), compare_phis([("a", [1, 2], [3.0, 4.0]), ("b", [1], [9.0])])):
        low, high = figure.layout.yaxis.range
        assert low <= 0
        assert high >= 10


def test_an_interval_tells_its_ends_and_shows_when_nothing_is_clear() -> None:
    clear, unclear = interval_picture(Interval(8.0, 19.0, 28.0)), interval_picture(Interval(-4.0, 3.0, 9.0))
    assert 'aria-label="Likely between +8 and +28 tasks in 100, most likely +19. 0 is no change."' in clear
    assert "better +30" in clear
    assert "pa-unclear" not in clear
    assert "pa-unclear" in unclear
    assert "worse −10" in unclear


def test_an_effect_over_runs_says_how_many_there_are_and_shows_no_change() -> None:
    figure = effect_over_runs([Interval(-30.0, 0.0, 30.0), Interval(-5.0, 10.0, 25.0)])
    assert figure.layout.xaxis.title.text == "runs with it (n = 2)"
    assert [line.y0 for line in figure.layout.shapes] == [0]
