"""A model of Amazon Bedrock that investigates an incident in AWS, by the command line in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bedrock_server import Answering, FakeRuntime, Params, Turn, bedrock
from live_desk import ALARM, Desk, a_desk, heeding_ctrl_c, only
from loopback import ACCOUNT, REGION
from world_changes import TABLE_ARN

from fa2.core.messages import LANGUAGES, catalogue

pytestmark = pytest.mark.end_to_end

MODEL = "global.anthropic.claude-sonnet-4-6"
ASKED = ("investigate", *ALARM, "--model", f"bedrock:{MODEL}", "--no-past", "--format", "json")
LOGS = only("cloudwatch_logs")
REFUSED = "filter @message like /ProvisionedThroughputExceeded/ | stats count(*) as refused"
DENIED = f"User: arn:aws:iam::{ACCOUNT}:user/x is not authorized to perform: bedrock:InvokeModelWithResponseStream"


@dataclass
class Scene:
    """A desk with a model."""

    desk: Desk
    model: FakeRuntime

    @property
    def environment(self) -> dict[str, str]:
        """What turns Bedrock alone to the model's server, and keeps records in the desk's folder."""
        assert self.model.server is not None
        state = str(self.desk.folder / "state")
        return {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.model.server.url, "XDG_STATE_HOME": state}

    def fa2(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run fa2."""
        return self.desk.fa2(*arguments, **{**self.environment, **environment})

    def report(self, *more: str, **environment: str) -> dict[str, Any]:
        """Investigate, which must end well, and return the report."""
        done = self.fa2(*ASKED, *more, **environment)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        assert found["suspects"]  # what the rules found is always there
        assert any(claim["section"] == "log" for claim in found["claims"])
        return found


@contextmanager
def scene(
    folder: Path, *script: Turn | Answering, at_most: bool = False, **sections: dict[str, Any]
) -> Iterator[Scene]:
    """Give a desk and a model with a script, and settings on top of the world's."""
    with a_desk(folder) as desk, bedrock(*script, at_most=at_most) as model:
        desk.configure(**sections)
        yield Scene(desk, model)


def calling(*calls: tuple[str, Params]) -> Turn:
    """Return an answer that calls tools; no tool twice, so that its name is the id of the call."""
    return Turn([{"toolUse": {"toolUseId": name, "name": name, "input": given}} for name, given in calls], "tool_use")


def results(asked: Params) -> dict[str, str]:
    """Return what came of the calls in a conversation, by their ids."""
    parts = [part["toolResult"] for message in asked["messages"] for part in message["content"] if "toolResult" in part]
    return {part["toolUseId"]: "".join(c.get("text", "") for c in part["content"]) for part in parts}


def concluding(*claims: tuple[str, Sequence[str]]) -> Turn:
    """Return the conclusion of claims with their evidence."""
    written = [
        {"id": f"c{n}", "section": "cause", "text": text, "evidence": list(ids)} for n, (text, ids) in enumerate(claims)
    ]
    ranking = [{"service": "payments", "mechanism": "throttling", "claims": ["c0"]}]
    return calling(("conclude", {"claims": written, "hypotheses": [], "ranking": ranking}))


def evidence(told: str) -> str:
    """Return the first id of evidence in a text."""
    found = re.search(r"\bE[0-9a-f]{10}\b", told)
    assert found, told
    return found[0]


FINISH = calling(("finish", {}))
LOOKING = calling(
    ("query_logs", {"query": REFUSED, "fetch": True}),
    ("metric", {"name": "WriteThrottleEvents", "namespace": "AWS/DynamoDB", "stat": "Sum", "fetch": True}),
    ("changes", {}),
    ("service_graph", {}),
)


WORDS = {
    "en": (
        "{counted} lines say that writes were refused.",
        "`WriteThrottleEvents` of `orders` was {most} at the highest.",
        "`ana` called `dynamodb:UpdateTable` on `orders`.",
        "4 calls of `payments` to `orders` failed.",
        "A finding names `{hidden}`.",
    ),
    "ja": (
        "書き込みが拒否されたログは {counted} 行です。",
        "`orders` の `WriteThrottleEvents` は最大で {most} でした。",
        "`ana` が `orders` に対して `dynamodb:UpdateTable` を実行しました。",
        "`payments` から `orders` への呼び出しは 4 件失敗しました。",
        "検出結果に `{hidden}` があります。",
    ),
}


def honest(asked: Params, language: str) -> Turn:
    """Conclude from what was fetched, and from a claim in the brief that names what is hidden; the last claim is wrong."""
    told, brief = results(asked), asked["messages"][0]["content"][0]["text"]
    counted = re.search(r"\n(\d+)\n", told["query_logs"])
    hidden = re.search(r"\[(E\w+)[^\n]*?(<arn-[^>]+>)", brief)
    assert counted, told["query_logs"]
    assert hidden, brief
    throttled = evidence(told["metric"])
    refused, most, changed, failed, found = WORDS[language]
    return concluding(
        (refused.format(counted=counted[1]), [evidence(told["query_logs"])]),
        (most.format(most=69), [throttled]),
        (changed, [evidence(told["changes"])]),
        (failed, [evidence(told["service_graph"])]),
        (found.format(hidden=hidden[2]), [hidden[1]]),
        (most.format(most=70), [throttled]),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_model_looks_further_in_aws_and_its_claims_stand_on_what_it_fetched(tmp_path: Path, language: str) -> None:
    sources = only("cloudtrail_athena", "cloudwatch_logs", "cloudwatch_metrics", "security_hub", "xray")
    with scene(tmp_path, LOOKING, FINISH, partial(honest, language=language), **sources) as made:
        done = made.fa2(*ASKED, "--language", language, "-o", "report.json", FA2_LANGUAGE=language)
        assert done.returncode == 0, done.stderr
        report = json.loads((tmp_path / "report.json").read_text())
        model = report["model"]
        texts = [claim["text"] for claim in model["claims"]]
        assert (model["outcome"], len(texts), len(model["struck"])) == ("complete", 5, 1)
        assert "70" in model["struck"][0]["text"]
        assert WORDS[language][-1].format(hidden=TABLE_ARN) in texts
        cited = {record["id"]: record["table"] for record in report["evidence"]}
        assert {cited[claim["evidence"][0]] for claim in model["claims"]} >= {"fetched_logs", "fetched_metrics"}
        assert model["agrees"] is True
        fetched = [entry for entry in report["coverage"] if (entry["table"] or "").startswith("fetched_")]
        assert {entry["table"] for entry in fetched} == {"fetched_logs", "fetched_metrics"}
        assert all(ACCOUNT in entry["source"] and entry["cost_usd"] is not None for entry in fetched)
        _, after_looking = made.model.asked[1]
        assert "1,099" in results(after_looking)["query_logs"]  # told beside the 1,000 that came
        nothing_secret_left(made.model)
        holds_and_is_shown(made, model, language)


def nothing_secret_left(model: FakeRuntime) -> None:
    assert len(model.bodies) == len(model.asked) == 3
    for body in model.bodies:
        _, _, sent = body.partition(b"\n")
        assert b"payments" in sent
        assert ACCOUNT.encode() not in sent
        assert b"arn:aws" not in sent


def holds_and_is_shown(made: Scene, model: dict[str, Any], language: str) -> None:
    """Hold the report to the kept bundle, and look at the run."""
    (bundle,) = made.desk.bundles
    checked = made.fa2("verify", "report.json", bundle)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
    assert model["usage"]["usd"] == pytest.approx(3 * (120 * 3 + 30 * 15) / 1e6)
    run = made.fa2("show", model["run"], FA2_LANGUAGE=language)
    assert all(told in run.stdout for told in ("query_logs", "360", "0.0024", MODEL))
    assert ACCOUNT not in run.stdout


HOSTILE = calling(
    ("query_logs", {"query": "SOURCE '/aws/lambda/secrets' | fields @message | limit 5", "fetch": True}),
    ("metric", {"name": "CPUUtilization", "namespace": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:x", "fetch": True}),
    ("changes", {"region": "us-east-1"}),
    ("log_patterns", {"window": "2020-01-01T00:00:00Z/2027-01-01T00:00:00Z"}),
    ("delete_table", {"name": "orders"}),
)
OUTSIDE = calling(
    ("query_logs", {"query": "fields @message", "window": "2026-10-01T00:00:00Z/2026-10-02T00:00:00Z", "fetch": True}),
    ("metric", {"name": "Errors", "namespace": "AWS/Lambda", "stat": "Sum; DROP TABLE logs", "fetch": True}),
)


def test_a_model_can_leave_neither_the_log_groups_nor_the_region_nor_the_times_of_the_incident(tmp_path: Path) -> None:
    sources = only("cloudwatch_logs", "cloudwatch_metrics")
    with scene(tmp_path, HOSTILE, OUTSIDE, LOOKING, FINISH, concluding(("x", [])), **sources) as made:
        report = made.report()
        told = [results(params) for _, params in made.model.asked]
        assert "delete_table" not in str(told[1].get("delete_table"))
        queries = [call.params for call in made.desk.aws.calls if call.operation == "StartQuery"]
    assert report["model"]["outcome"] == "nothing"
    groups = {name for query in queries for name in query.get("logGroupNames") or query["logGroupIdentifiers"]}
    assert groups
    assert not [name for name in groups if "secrets" in str(name)]
    assert {call.region for call in made.desk.aws.calls} == {REGION}
    starts = [int(str(query["startTime"])) for query in queries]
    assert min(starts) >= 1_795_000_000  # the first baseline is of 2026-11-19
    assert not {a for a in made.desk.aws.actions() if re.search(":(Put|Update|Delete|Create)", a)}


def test_what_would_cost_more_than_the_limit_is_not_fetched(tmp_path: Path) -> None:
    with scene(tmp_path, LOOKING, FINISH, concluding(("x", [])), **LOGS) as made:
        made.report("--max-usd", "0.00006")  # enough for what is planned
        _, told = made.model.asked[1]
        queries = made.desk.aws.counted()["logs.StartQuery"]
    assert "of the budget is left" in results(told)["query_logs"]
    with scene(tmp_path / "again", **LOGS) as plain:
        plain.desk.fa2("investigate", *ALARM, "--no-past", "--max-usd", "0.00006")
        assert plain.desk.aws.counted()["logs.StartQuery"] == queries


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_iam_denies_the_model_the_report_comes_with_the_statement_that_allows_it(
    tmp_path: Path, language: str
) -> None:
    script = [Turn(error=(403, "AccessDeniedException", DENIED))] * 4
    with scene(tmp_path, *script, at_most=True, **LOGS) as made:
        ended = made.report("--language", language)["model"]["ended"]["text"]
    statement = json.loads(ended[ended.index('{"Effect"') : ended.rindex("}") + 1])
    assert statement["Action"] == ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    assert f"arn:aws:bedrock:*::foundation-model/{MODEL.removeprefix('global.')}" in statement["Resource"]
    assert re.search("[ぁ-ん]", ended) if language == "ja" else "IAM denies" in ended


def test_a_model_that_is_throttled_for_ever_ends_with_the_report(tmp_path: Path) -> None:
    script = [Turn(error=(429, "ThrottlingException", "Too many requests"))] * 40
    with scene(tmp_path, *script, at_most=True, model={"max_seconds": 4}, **LOGS) as made:
        model = made.report()["model"]
        assert len(made.model.asked) > 1
    assert model["outcome"] == "nothing"
    assert "Too many requests" in model["ended"]["text"]
    assert model["usage"]["seconds"] <= 4.5


def test_an_error_in_the_middle_of_a_stream_is_got_over(tmp_path: Path) -> None:
    broken = Turn([{"text": "I see that"}], fails_with=("modelStreamErrorException", "model fell over"))
    with scene(tmp_path, broken, LOOKING, FINISH, concluding(("x", [])), **LOGS) as made:
        report = made.report()
    assert len(made.model.asked) == 4
    assert report["model"]["usage"]["requests"] == 3


def test_an_unknown_model_is_named_with_the_remedy(tmp_path: Path) -> None:
    unknown = Turn(error=(400, "ValidationException", "The provided model identifier is invalid."))
    with scene(tmp_path, unknown, at_most=True, **LOGS) as made:
        ended = made.report()["model"]["ended"]["text"]
    assert MODEL in ended
    assert "identifier is invalid" in ended


def test_ctrl_c_while_the_model_is_asked_gives_the_report_of_the_rules(tmp_path: Path) -> None:
    with scene(tmp_path, Turn([{"text": "Hm"}], ending="hang", keeps=2), **LOGS) as made:
        with subprocess.Popen(
            made.desk.command(*ASKED),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env={**made.desk.environment, **made.environment},
            preexec_fn=heeding_ctrl_c,
        ) as process:
            while not made.model.asked:
                assert process.poll() is None
                time.sleep(0.02)
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            told, said = process.communicate(timeout=15)
        assert process.returncode == 0, said
        report = json.loads(told)
        assert report["suspects"]
        assert report["model"]["ended"]["text"] == catalogue("en").text("investigator.ended.interrupted")
        assert b"Traceback" not in said


def test_an_inference_profile_by_its_arn_is_asked_in_its_own_region(tmp_path: Path) -> None:
    profile = f"arn:aws:bedrock:us-west-2:{ACCOUNT}:application-inference-profile/abc123"
    with scene(tmp_path, FINISH, concluding(("x", [])), **LOGS) as made:
        done = made.fa2("investigate", *ALARM, "--model", f"bedrock:{profile}", "--no-past", "--format", "json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["model"]["usage"]["usd"] is None
        assert {params["modelId"] for _, params in made.model.asked} == {profile}
        assert not [body for body in made.model.bodies if ACCOUNT.encode() in body.partition(b"\n")[2]]


def test_doctor_plan_and_iam_tell_of_the_configured_model(tmp_path: Path) -> None:
    settings = {"provider": "bedrock", "name": MODEL, "region": REGION}
    with scene(tmp_path, Turn(), model=settings, past={"table": "fa2", "bucket": "fa2-past"}, **LOGS) as made:
        well = made.fa2("doctor", *ALARM[2:])
        assert f"bedrock:{MODEL}" in well.stdout, well.stderr
        assert "150 tokens" in " ".join(well.stdout.split())
        plan = made.fa2("plan", *ALARM)
        assert (plan.returncode, f"bedrock:{MODEL}" in plan.stdout) == (0, True)
        printed = json.loads(made.fa2("iam", "--account", ACCOUNT, "--region", REGION).stdout)
    by_sid = {statement["Sid"]: statement for statement in printed["Statement"]}
    reading = [a for sid, statement in by_sid.items() if sid.startswith("Fa2Read") for a in statement["Action"]]
    assert "logs:StartQuery" in reading
    assert not [a for a in reading if re.search(":(Put|Update|Delete|Invoke)", a)]
    writing = [a for sid, statement in by_sid.items() if sid.startswith("Fa2Write") for a in statement["Action"]]
    assert {"dynamodb:UpdateItem", "s3:PutObject", "s3:DeleteObject", "dynamodb:DeleteItem"} == set(writing)
    assert any(f"{MODEL}" in json.dumps(s) and sid.startswith("Fa2Ask") for sid, s in by_sid.items())
