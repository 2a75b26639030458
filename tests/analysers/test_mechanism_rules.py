"""What log lines, metrics and changes say about mechanisms; and that the rules hold together."""

from __future__ import annotations

import string
import tomllib
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.analysers import mechanism_rules
from fa2.core.messages import LANGUAGES, Language, catalogue

RULES: dict[str, Any] = tomllib.loads((files("fa2") / "analysers" / "mechanisms.toml").read_text(encoding="utf-8"))
MECHANISMS = [name for name in RULES if name != "common"]
CASES = {
    name: [line.strip() for line in block.split("\n%\n")]
    for name, block in tomllib.loads(
        (Path(__file__).parent / "mechanism_cases.toml").read_text(encoding="utf-8")
    ).items()
}
ALL_CASES = [(name, line) for name, lines in CASES.items() for line in lines]


def strongest(weights: dict[str, float]) -> str:
    return max(weights, key=lambda name: weights[name], default="none")


@pytest.mark.parametrize(("expected", "line"), ALL_CASES, ids=[line[:60] for _, line in ALL_CASES])
def test_a_line_speaks_for_its_mechanism(expected: str, line: str) -> None:
    assert strongest(mechanism_rules.in_text(line)) == expected


def test_the_cases_cover_every_mechanism_and_many_innocent_lines() -> None:
    assert set(CASES) == {*MECHANISMS, "none"}
    assert len(ALL_CASES) - len(CASES["none"]) >= 150
    assert len(CASES["none"]) >= 40
    assert all(len(lines) >= 4 for lines in CASES.values())


def test_a_timeout_that_waited_for_the_pool_is_exhausted_connections_only() -> None:
    line = "HikariPool-1 - Connection is not available, request timed out after 30000ms"
    assert set(mechanism_rules.in_text(line)) == {"connections_exhausted"}


def test_a_mechanism_that_explains_another_hides_it_wherever_it_stands() -> None:
    line = "checkout timed out: FATAL: sorry, too many clients already"
    assert set(mechanism_rules.in_text(line)) == {"connections_exhausted"}


def test_a_mechanism_is_not_hidden_by_a_weaker_one() -> None:
    weights = mechanism_rules.in_text("throttled; FATAL: the request timed out, Task timed out after 3.00 seconds")
    assert set(weights) == {"throttling", "timeout"}


def test_a_setting_is_innocent_and_the_same_word_in_an_error_is_not() -> None:
    assert mechanism_rules.in_text("connect timeout=30") == {}
    assert "timeout" in mechanism_rules.in_text("connect timeout=30: operation timed out")


def test_a_mined_pattern_speaks_like_the_line_it_came_from() -> None:
    line = "Task timed out after 3.00 seconds, timeout of 3000ms exceeded"
    shape = "Task timed out after <*> seconds, timeout of <*> exceeded"
    assert mechanism_rules.in_text(line) == mechanism_rules.in_text(shape) != {}


def test_names_of_stack_frames_are_not_read() -> None:
    frames = "\n\tat a.Deadlock.find(A.java:1)\n\tat b.OutOfMemoryError.x(B.java:2)"
    trace = f"java.lang.NullPointerException{frames}"
    assert set(mechanism_rules.in_text(trace)) == {"code_error"}
    assert set(mechanism_rules.in_text(trace.replace("\n", "\\n").replace("\t", "\\t"))) == {"code_error"}
    python = '  File "/app/deadlock.py", line 3, in throttled\n    raise deadlock\nKeyError: 1'
    assert set(mechanism_rules.in_text(python)) == {"code_error"}


def test_the_root_cause_at_the_end_of_a_long_trace_is_read() -> None:
    frames = "\n".join(f"\tat com.example.Handler{n}.run(Handler.java:{n})" for n in range(2000))
    trace = f"java.lang.RuntimeException: x\n{frames}\nCaused by: java.net.UnknownHostException: db"
    assert "dns" in mechanism_rules.in_text(trace)


def test_the_heaviest_mechanism_stands_first_and_equals_by_name() -> None:
    weights = mechanism_rules.in_text("deadlock; throttled; out of memory; SQL injection")
    assert len(weights) == 4
    assert list(weights.items()) == sorted(weights.items(), key=lambda item: (-item[1], item[0]))


def test_half_width_japanese_is_read_as_full_width() -> None:
    assert mechanism_rules.in_text("接続ﾀｲﾑｱｳﾄ発生") == mechanism_rules.in_text("接続タイムアウト発生") != {}


@given(st.text(max_size=300))
def test_any_text_gives_known_mechanisms_with_weights_up_to_one(text: str) -> None:
    weights = mechanism_rules.in_text(text)
    assert set(weights) <= set(MECHANISMS)
    assert all(0 < weight <= 1 for weight in weights.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "An error occurred (ThrottlingException) when calling X: AccessDenied",
            "ThrottlingException",
        ),
        (
            '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}',
            "ResourceNotFoundException",
        ),
        ("Error Code: SlowDown; Request ID: 1", "SlowDown"),
        ("<Code>Throttling</Code>", "Throttling"),
        ("Client.UnauthorizedOperation: no", "UnauthorizedOperation"),
        ("Throttling of the engine", None),
        ("MyThrottlingExceptionHandler ready", None),
        ("throttlingexception", None),
        ("", None),
    ],
)
def test_the_first_aws_error_code_of_a_text(text: str, code: str | None) -> None:
    assert mechanism_rules.aws_code_in(text) == code


@pytest.mark.parametrize(
    ("code", "mechanism"),
    [
        ("AccessDenied", "permission"),
        ("Client.UnauthorizedOperation", "permission"),
        ("InvalidInstanceID.NotFound", "data_missing"),
        ("LimitExceededException", "quota"),
        ("AWS.SimpleQueueService.NonExistentQueue", "data_missing"),
        ("SomethingElse", "none"),
    ],
)
def test_an_error_code_stands_for_a_mechanism(code: str, mechanism: str) -> None:
    assert strongest(mechanism_rules.of_error_code(code)) == mechanism


@pytest.mark.parametrize(
    ("name", "direction", "mechanism"),
    [
        ("ThrottledRequests", "up", "throttling"),
        ("WriteThrottleEvents", "up", "throttling"),
        ("CPUUtilization", "up", "cpu_saturation"),
        ("CPUUtilization", "down", "none"),
        ("CPUCreditBalance", "down", "cpu_saturation"),
        ("MemoryUtilization", "up", "memory_exhausted"),
        ("container_memory_working_set_bytes", "up", "memory_exhausted"),
        ("FreeableMemory", "down", "memory_exhausted"),
        ("DatabaseConnections", "up", "connections_exhausted"),
        ("FreeStorageSpace", "down", "disk_full"),
        ("FreeStorageSpace", "up", "none"),
        ("node_filesystem_avail_bytes", "down", "disk_full"),
        ("InitDuration", "up", "cold_start"),
        ("Duration", "up", "dependency_slow"),
        ("ApproximateAgeOfOldestMessage", "up", "overload"),
        ("HTTPCode_ELB_5XX_Count", "up", "dependency_down"),
        ("DaysToExpiry", "down", "certificate"),
        ("ErrorPortAllocation", "up", "connections_exhausted"),
        ("Deadlocks", "up", "lock_contention"),
        ("availability", "down", "none"),
    ],
)
def test_a_metric_speaks_for_a_mechanism(name: str, direction: mechanism_rules.Direction, mechanism: str) -> None:
    assert strongest(mechanism_rules.of_metric(name, direction)) == mechanism


@pytest.mark.parametrize(
    ("action", "mechanism"),
    [
        ("lambda:UpdateFunctionCode20150331v2", "bad_deploy"),
        ("lambda.amazonaws.com:UpdateFunctionCode20150331v2", "bad_deploy"),
        ("UpdateFunctionConfiguration20150331v2", "bad_config"),
        ("ecs:UpdateService", "bad_deploy"),
        ("codedeploy:CreateDeployment", "bad_deploy"),
        ("ssm:PutParameter", "bad_config"),
        ("appconfig:StartDeployment", "bad_config"),
        ("ec2:RevokeSecurityGroupIngress", "network"),
        ("iam:DetachRolePolicy", "permission"),
        ("DeleteRolePolicy", "permission"),
        ("dynamodb:UpdateTable", "throttling"),
        ("rds:ModifyDBInstance", "bad_config"),
        ("route53:ChangeResourceRecordSets", "dns"),
        ("acm:DeleteCertificate", "certificate"),
        ("deployed v12", "bad_deploy"),
        ("config change", "bad_config"),
        ("iam:GetRole", "none"),
        ("kms:Decrypt", "none"),
        ("DescribeInstances", "none"),
    ],
)
def test_a_change_may_cause_a_mechanism(action: str, mechanism: str) -> None:
    assert strongest(mechanism_rules.of_change(action)) == mechanism


def test_answers_can_be_changed_without_changing_the_rules() -> None:
    mechanism_rules.of_metric("CPUUtilization", "up").clear()
    mechanism_rules.of_error_code("AccessDenied").clear()
    assert mechanism_rules.of_metric("CPUUtilization", "up")
    assert mechanism_rules.of_error_code("AccessDenied")


def test_no_error_code_stands_in_two_mechanisms_unless_declared() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name in MECHANISMS:
        for codes in RULES[name].get("aws_error_codes", {}).values():
            for code in codes.split():
                places[code].append(name)
    declared = {code for name in MECHANISMS for code in RULES[name].get("code_also", ())}
    assert {code for code, names in places.items() if len(names) > 1} == declared
    assert set(RULES["common"]["unmodelled"].split()) <= set(places)


def test_weights_lie_between_zero_and_one() -> None:
    for name in MECHANISMS:
        table = RULES[name]
        groups = [
            *table.get("texts", ()),
            *table.get("metrics", ()),
            *table.get("changes", ()),
        ]
        weights = [group["weight"] for group in groups]
        weights += [table[key] for key in ("code_weight",) if key in table]
        weights += table.get("code_weights", {}).values()
        assert weights, name
        assert all(0 < weight <= 1 for weight in weights), name


def test_every_phrase_compiles_and_finds_itself() -> None:
    rules = mechanism_rules._rules()
    for index in (rules.texts, *rules.metrics.values(), rules.changes[1]):
        for phrases in index.by_word.values():
            for phrase, _ in phrases:
                sample = " ".join({"N": "7", "*": "x y", "?": "x"}.get(w, w) for w in phrase.words)
                assert list(phrase.spans(f" {sample} ")), phrase.words
        for _, japanese in index.japanese:
            assert list(japanese.spans(japanese.words[0].replace("*", "ああ"))), japanese.words


def test_rules_name_known_mechanisms_and_known_keys() -> None:
    known = "explains texts excludes metrics changes aws_error_codes code_weight code_weights code_also"
    for name in MECHANISMS:
        assert set(RULES[name]) <= set(known.split()), name
        assert set(RULES[name].get("explains", ())) <= set(MECHANISMS) - {name}
        assert set(RULES[name].get("code_weights", ())) <= set(RULES[name].get("aws_error_codes", ()))
        assert {group["direction"] for group in RULES[name].get("metrics", ())} <= {
            "up",
            "down",
        }
    assert mechanism_rules.names() == tuple(MECHANISMS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mechanism", [*MECHANISMS, "unknown"])
def test_every_mechanism_has_a_word_and_actions(language: Language, mechanism: str) -> None:
    texts = catalogue(language)
    assert texts.word(f"mechanism.{mechanism}") != f"mechanism.{mechanism}"
    for kind in ("now", "prevent", "settle"):
        key = f"actions.{mechanism}.{kind}"
        fields = {field for _, field, _, _ in string.Formatter().parse(texts.template(key)) if field}
        assert fields <= {"service"}, key
        assert texts.text(key, service="checkout")
