"""Log patterns: what is new or surged speaks against its service, what is usual does not."""

from __future__ import annotations

import pytest

from bundles import Scene, every, minute
from fa2.analysers.log_patterns import MAX_REPORTED, log_patterns
from fa2.analysers.pattern_table import pattern_table
from fa2.core.report import PatternRow
from observing import observed, only


def chatter(scene: Scene) -> Scene:
    for at in every(1, -60, 10):
        scene.log(at, f"GET /cart {at} 200", level="INFO")
    return scene


def table(scene: Scene) -> list[PatternRow]:
    with scene.telemetry() as telemetry:
        return pattern_table(telemetry)


def test_an_error_never_seen_before_speaks_against_its_service_from_its_first_line() -> None:
    scene = chatter(Scene())
    for at in every(0.2, 2, 10):
        scene.log(at, f"order {at}: sorry, too many clients already", level="ERROR")
    found = only(observed(log_patterns, scene))
    assert found.statement.key == "observations.log_pattern.new"
    assert (found.service, found.role, found.onset) == ("web", "cause", minute(2))
    assert found.strength > 0.8
    assert set(found.mechanisms) == {"connections_exhausted"}


def test_lines_of_no_service_are_told_by_the_one_file_that_they_stand_in() -> None:
    scene = Scene()
    for at in every(0.2, 2, 10):
        scene.log(at, f"order {at} failed", None, level="ERROR")
        scene.log(at, f"bill {at} failed", None, level="ERROR", source=f"{int(at) % 2}.log")
    found = {str(o.statement.values["pattern"])[:4]: o for o in observed(log_patterns, scene)}
    assert {name: o.statement.values["service"] for name, o in found.items()} == {"orde": "app.log", "bill": None}
    assert {o.service for o in found.values()} == {None}


def test_an_error_that_multiplied_surged() -> None:
    scene = Scene()
    for at in [*every(5, -60, 0), *every(0.1, 0, 10)]:
        scene.log(at, f"timeout {at}", level="ERROR")
    assert only(observed(log_patterns, scene)).statement.key == "observations.log_pattern.surged"


def test_errors_at_the_rate_of_the_baseline_are_nothing() -> None:
    scene = Scene()
    for at in every(0.5, -60, 10):
        scene.log(at, f"cache error {at}", level="ERROR")
    assert observed(log_patterns, scene) == []


def test_one_new_error_line_is_told_and_is_hardly_evidence() -> None:
    scene = chatter(Scene())
    scene.log(3, "odd error", level="ERROR")
    assert only(observed(log_patterns, scene)).strength < 0.1


def test_more_lines_of_no_concern_blame_nobody() -> None:
    scene = chatter(Scene())
    for at in every(0.01, 0, 10):
        scene.log(at, f"cache refreshed {at}", level="INFO")
    assert only(observed(log_patterns, scene)).role == "context"


def test_errors_that_went_away_blame_nobody() -> None:
    scene = Scene()
    for at in every(0.1, -60, 0):
        scene.log(at, f"retry {at} failed", level="ERROR")
    found = only(observed(log_patterns, scene))
    assert found.statement.key == "observations.log_pattern.gone"
    assert (found.role, found.strength, found.onset) == ("context", 0.0, None)


def test_a_line_without_a_level_is_as_serious_as_its_words() -> None:
    scene = chatter(Scene())
    for at in every(0.5, 0, 10):
        scene.log(at, f"java.lang.IllegalStateException: {at}", "api")
        scene.log(at, f"all is well {at}", "calm")
    roles = {o.service: o.role for o in observed(log_patterns, scene)}
    assert roles == {"api": "cause", "calm": "context"}


def test_without_a_baseline_errors_are_told_and_count_half() -> None:
    scene = Scene(baseline=[])
    for at in every(0.1, 0, 10):
        scene.log(at, f"boom {at}", level="ERROR")
        scene.log(at, f"fine {at}", level="INFO")
    found = only(observed(log_patterns, scene))
    assert found.statement.key == "observations.log_pattern.seen"
    assert 0.3 < found.strength <= 0.5


def deaths(supervisor_traces: bool) -> Scene:
    scene = Scene()
    for at in every(1, -60, 10):
        scene.span(at, "payments")
        if supervisor_traces:
            scene.span(at, "kubelet")
    for at in every(0.5, 1, 10):
        scene.log(
            at, f"pod payments-{at} CrashLoopBackOff: back-off restarting failed container", "kubelet", level="ERROR"
        )
    return scene


def test_a_supervisors_line_on_anothers_crash_speaks_about_the_one_that_crashed() -> None:
    found = only(observed(log_patterns, deaths(supervisor_traces=False)))
    assert "crash" in found.mechanisms
    assert found.service == "payments"
    assert found.statement.values["service"] == "kubelet"


def test_a_service_of_the_application_that_names_another_speaks_for_itself() -> None:
    assert only(observed(log_patterns, deaths(supervisor_traces=True))).service == "kubelet"


def test_a_line_of_no_service_blames_nobody() -> None:
    scene = chatter(Scene())
    for at in every(0.5, 0, 10):
        scene.log(at, f"boom {at}", None, level="ERROR")
    assert only(observed(log_patterns, scene)).service is None


@pytest.mark.parametrize(
    "text",
    [
        "$service's \"x\" '; DROP TABLE logs",
        "<*> (.*) \\d [",
        "改行\u3000なし",
        "a" * 5000,
        "{service} {0} %s",
        "\x1b[31mred",
    ],
)
def test_hostile_text_is_only_text(text: str) -> None:
    scene = chatter(Scene())
    for at in every(0.5, 0, 10):
        scene.log(at, f"{text} {at}", "it's", level="ERROR")
    assert only(observed(log_patterns, scene)).service == "it's"


def test_no_more_patterns_are_told_than_a_person_reads_and_errors_come_first() -> None:
    scene = Scene().has("logs")
    texts = [" ".join(["again"] * (1 + i)) + "!" * j for i in range(10) for j in range(6)]
    for text in texts:
        for at in every(1, 0, 10):
            scene.log(at, text, level="INFO")
    for at in every(1, 0, 10):
        scene.log(at, "boom", level="ERROR")
    found = observed(log_patterns, scene)
    assert len(found) == MAX_REPORTED
    assert found[0].statement.values["pattern"] == "boom"


def counted_errors(level: str | None = "ERROR") -> Scene:
    scene = Scene()
    for at in every(5, -60, 0):
        scene.counted(at, "GET <*>", 100)
    scene.counted(0, "GET <*>", 100)
    scene.counted(
        2, "sorry, too many clients already (<*>)", 500, level=level, sample="sorry, too many clients already (7)"
    )
    return scene


def test_patterns_counted_elsewhere_speak_like_lines() -> None:
    found = only([o for o in observed(log_patterns, counted_errors()) if o.role == "cause"])
    assert (found.table, found.onset) == ("log_counts", minute(2))
    assert found.statement.values["window"] == 500
    assert set(found.mechanisms) == {"connections_exhausted"}


def test_the_table_of_patterns_shows_counts_and_samples_from_either_table() -> None:
    row = table(counted_errors())[0]
    assert (row.change, row.window_count, row.sample) == ("new", 500, "sorry, too many clients already (7)")
    scene = chatter(Scene())
    scene.log(3, "boom 3\n  at x", level="ERROR")
    rows = {row.pattern: row for row in table(scene)}
    assert rows["boom <*>"].sample == "boom 3\n  at x"
    assert (rows["GET <*> <*> <*>"].change, rows["GET <*> <*> <*>"].window_count) == ("steady", 10)
    assert sum(rows["GET <*> <*> <*>"].histogram) == 60


def test_nothing_collected_and_nothing_found_give_no_patterns() -> None:
    for scene in (Scene(), Scene().has("logs"), Scene().has("log_counts")):
        assert observed(log_patterns, scene) == []
        assert table(scene) == []
