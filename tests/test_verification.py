"""A report holds on its bundle, and stops holding when anything in it, or the bundle, is altered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bundles import Scene
from fa2.core.bundle import Bundle, opened
from fa2.core.messages import LANGUAGES, Language, catalogue
from fa2.core.report import Report
from fa2.pipeline import investigate
from fa2.renderers.json_report import render
from fa2.verification import unsupported_suspects, verify
from fa2.wiring.investigations import stages
from scenes import calm, fa2, failed, outage, succeeded

EXAMPLES = sorted((Path(__file__).parents[1] / "examples" / "incidents").glob("*/incident.json"))
Json = dict[str, Any]


def written(bundle: Bundle, language: Language = "en") -> Json:
    """Return the report on a bundle as it stands in JSON."""
    report = investigate(bundle, stages(), language=language, named="b", watch=lambda progress: None)
    read: Json = json.loads(render(report))
    return read


def problems(report: Json, bundle: Bundle) -> list[str]:
    """Return what verify says of the claims that do not hold, in the order of the report."""
    checked = verify(Report.model_validate(report), bundle)
    return [f"{c.claim.id} {catalogue('en').render(c.problem)}" for c in checked if c.problem]


@pytest.fixture(scope="module")
def bundle() -> Iterator[Bundle]:
    with outage().bundle() as found:
        yield found


@pytest.fixture(scope="module")
def _report(bundle: Bundle) -> str:
    return json.dumps(written(bundle))


@pytest.fixture
def report(_report: str) -> Json:
    """A fresh copy of a report of many claims."""
    read: Json = json.loads(_report)
    return read


def cited(report: Json) -> tuple[Json, Json]:
    """Return a claim with a number in it, and the evidence that holds the number."""
    for claim in report["claims"]:
        for name, cell in claim["cells"].items():
            if isinstance(claim["values"][name], int | float):
                return claim, next(e for e in report["evidence"] if e["id"] == cell["evidence"])
    raise AssertionError("no claim has a number")


def test_the_report_has_claims_of_every_kind_to_check(report: Json) -> None:
    assert report["verdict"] == "incident"
    assert report["suspects"][0]["service"] == "payments"
    assert len(report["claims"]) > 5
    assert {record["table"] for record in report["evidence"]} >= {"logs", "spans", "metrics", "changes"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", [outage, calm, Scene])
def test_every_claim_of_a_fresh_report_holds(scene: Callable[[], Scene], language: Language) -> None:
    with scene().bundle() as bundle:
        report = written(bundle, language)
        assert problems(report, bundle) == []
        assert unsupported_suspects(Report.model_validate(report)) == []


def test_every_claim_rests_on_evidence(report: Json) -> None:
    known = {record["id"] for record in report["evidence"]}
    for claim in report["claims"]:
        assert claim["evidence"]
        assert set(claim["evidence"]) <= known


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_claim_on_a_recorded_incident_holds(example: Path) -> None:
    with opened(example.parent) as bundle:
        report = written(bundle)
        assert report["claims"]
        assert problems(report, bundle) == []


# Tampering


def another_number(report: Json) -> str:
    claim, _ = cited(report)
    name = next(n for n in claim["cells"] if isinstance(claim["values"][n], int | float))
    claim["values"][name] += 1
    claim["text"] = ""
    return f"{claim['id']} {name} = "


def another_number_with_its_text(report: Json) -> str:
    claim, _ = cited(report)
    name = next(n for n in claim["cells"] if isinstance(claim["values"][n], int | float))
    claim["values"][name] += 1
    claim["text"] = catalogue("en").text(claim["key"], **claim["values"])
    return f"{claim['id']} {name} = "


def number_cut_loose_from_its_cell(report: Json) -> str:
    claim, _ = cited(report)
    claim["cells"] = {}
    return "is not in the evidence"


def cell_out_of_range(report: Json) -> str:
    claim, _ = cited(report)
    for cell in claim["cells"].values():
        cell["row"] = 10**6
    return "is not in the evidence"


def negative_row(report: Json) -> str:
    claim, _ = cited(report)
    for cell in claim["cells"].values():
        cell["row"] = -1
    return "is not in the evidence"


def cell_of_evidence_not_cited(report: Json) -> str:
    claim, _ = cited(report)
    for cell in claim["cells"].values():
        cell["evidence"] = "E0000000000"
    return "is not in the evidence"


def another_service(report: Json) -> str:
    claim = next(c for c in report["claims"] if "service" in c["values"] and "service" not in c["cells"])
    claim["values"]["service"] = "innocent"
    claim["text"] = ""
    return f"{claim['id']} service = innocent is not in the evidence"


def evidence_rows_and_claim_together(report: Json) -> str:
    claim, record = cited(report)
    for name, cell in claim["cells"].items():
        if cell["evidence"] == record["id"] and isinstance(claim["values"][name], int | float):
            place = record["columns"].index(cell["column"])
            record["rows"][cell["row"]][place] = claim["values"][name] = 987654
            claim["text"] = ""
    return "was 987654 and is now"


def one_row_more(report: Json) -> str:
    _, record = cited(report)
    record["rows"].append(record["rows"][0])
    return "another number of rows"


def no_rows(report: Json) -> str:
    _, record = cited(report)
    record["rows"] = []
    return "another number of rows"


def other_columns(report: Json) -> str:
    _, record = cited(report)
    record["columns"][0] = "renamed"
    return "other columns"


def another_query(report: Json) -> str:
    _, record = cited(report)
    record["sql"] += "\nLIMIT 1000"
    return f"the query of {record['id']} was altered"


def another_table_named(report: Json) -> str:
    _, record = cited(report)
    record["table"] = "documents"
    return f"the query of {record['id']} was altered"


def another_id(report: Json) -> str:
    _, record = cited(report)
    record["id"] = "Effffffffff"
    return "is not in the report"


def another_text(report: Json) -> str:
    claim, _ = cited(report)
    claim["text"] = claim["text"].replace(" ", " not ", 1)
    return f"{claim['id']} its text does not say what its values say"


def unknown_message(report: Json) -> str:
    report["claims"][0]["key"] = "observations.no_such_thing"
    return "there is no message observations.no_such_thing"


def message_of_other_values(report: Json) -> str:
    report["claims"][0]["key"] = "errors.bundle.nulls"
    return "its text does not say"


def values_of_another_kind(report: Json) -> str:
    for claim in report["claims"]:
        claim["values"] = dict.fromkeys(claim["values"], "{x} %s \x1b[2J")
    return "is not in the evidence"


def absurd_numbers(report: Json) -> str:
    for claim in report["claims"]:
        claim["values"] = dict.fromkeys(claim["values"], 10**400)
    return "is not in the evidence"


def no_evidence(report: Json) -> str:
    report["claims"][0]["evidence"] = []
    return f"{report['claims'][0]['id']} it cites no evidence"


def unknown_evidence(report: Json) -> str:
    report["claims"][0]["evidence"].append("E1234567890")
    return "E1234567890 is not in the report"


TAMPERINGS = [
    another_number,
    another_number_with_its_text,
    number_cut_loose_from_its_cell,
    cell_out_of_range,
    negative_row,
    cell_of_evidence_not_cited,
    another_service,
    evidence_rows_and_claim_together,
    one_row_more,
    no_rows,
    other_columns,
    another_query,
    another_table_named,
    another_id,
    another_text,
    unknown_message,
    message_of_other_values,
    values_of_another_kind,
    absurd_numbers,
    no_evidence,
    unknown_evidence,
]


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda function: function.__name__)
def test_tampering_is_caught_and_named(report: Json, bundle: Bundle, tamper: Callable[[Json], str]) -> None:
    said = tamper(report)
    found = problems(report, bundle)
    assert any(said in problem for problem in found), found


def test_only_what_was_tampered_with_stops_holding(report: Json, bundle: Bundle) -> None:
    another_text(report)
    assert len(problems(report, bundle)) == 1


@pytest.mark.parametrize("field", ["evidence", "claims", "against"])
def test_a_suspect_that_cites_what_is_not_there_is_named(report: Json, field: str) -> None:
    report["suspects"][0][field] = ["E1234567890"]
    assert unsupported_suspects(Report.model_validate(report)) == ["payments"]


def test_a_suspect_without_evidence_is_named(report: Json) -> None:
    report["suspects"][0]["evidence"] = []
    assert unsupported_suspects(Report.model_validate(report)) == ["payments"]


def test_on_another_bundle_the_claims_do_not_hold(report: Json) -> None:
    with calm().bundle() as other:
        assert len(problems(report, other)) >= len(report["claims"]) / 2


HOSTILE = [
    ("COPY (SELECT 1) TO '/tmp/fa2-stolen.csv'", "not a single SELECT"),
    ("SELECT * FROM read_text('/etc/passwd')", "query failed"),
    ("SELECT 1; SELECT 2", "not a single SELECT"),
    ("ATTACH '/tmp/fa2-stolen.db'", "not a single SELECT"),
    ("PRAGMA enable_profiling", "not a single SELECT"),
    ("SET memory_limit = '1TB'", "not a single SELECT"),
    ("SELECT " + "(" * 50_000 + "1" + ")" * 50_000, "query failed"),
    ("SELECT * FROM range(100000000)", "was altered"),
    ("", "not a single SELECT"),
]


@pytest.mark.parametrize(("sql", "said"), HOSTILE, ids=lambda part: part[:30])
def test_hostile_sql_in_a_report_is_refused_and_named(report: Json, bundle: Bundle, sql: str, said: str) -> None:
    _, record = cited(report)
    record["sql"] = sql
    found = problems(report, bundle)
    assert any(said in problem for problem in found), found
    assert not list(Path("/tmp").glob("fa2-stolen*"))


# The command


@pytest.fixture
def written_report(tmp_path: Path) -> Path:
    outage().write(tmp_path / "bundle")
    succeeded("investigate", "bundle", "-o", "report.json", cwd=tmp_path)
    return tmp_path / "report.json"


def test_the_command_says_that_all_claims_hold(written_report: Path, tmp_path: Path) -> None:
    count = len(json.loads(written_report.read_text())["claims"])
    said = f"All {count} claims hold.\n"
    assert succeeded("verify", "report.json", cwd=tmp_path) == said
    assert succeeded("verify", written_report, cwd=Path("/")) == said
    shutil.move(tmp_path / "bundle", tmp_path / "moved")
    assert succeeded("verify", written_report, tmp_path / "moved") == said
    assert f"{count} 件" in succeeded("verify", written_report, tmp_path / "moved", FA2_LANGUAGE="ja")


def test_the_command_names_each_claim_that_fails_and_exits_with_one(written_report: Path, tmp_path: Path) -> None:
    report = json.loads(written_report.read_text())
    another_text(report)
    report["claims"][-1]["evidence"] = ["E\x1b[2J"]
    report["suspects"][0]["evidence"] = []
    written_report.write_text(json.dumps(report))
    done = fa2("verify", written_report, tmp_path / "bundle")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert len(lines) == 4
    assert "does not hold: its text" in lines[0]
    assert report["claims"][-1]["id"] in lines[1]
    assert "suspect payments" in lines[2]
    assert lines[3] == f"{len(report['claims']) - 2} of {len(report['claims'])} claims hold."
    assert "\x1b" not in done.stdout.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a report of fa2: "),
        ("{", "is not a report of fa2: "),
        ("[]", "is not a report of fa2: "),
        ("{}", "Field required"),
        ("[" * 99999, "is not a report of fa2: "),
        ('{"format": "fa2.report/9"}', "fa2.report/1"),
        ("\ufeff\x00\x1b[2J", "is not a report of fa2: "),
    ],
    ids=str,
)
def test_what_is_no_report_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "report.json").write_text(text)
    told = failed("verify", tmp_path / "report.json")
    assert said in told
    assert "--format json --output report.json" in told


def test_a_report_whose_bundle_is_gone_says_how_to_name_it(written_report: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "bundle")
    assert "fa2 verify REPORT BUNDLE" in failed("verify", written_report)
    assert "nothing at" in failed("verify", written_report, tmp_path / "bundle")


def test_no_report_at_all_is_told(tmp_path: Path) -> None:
    assert "No such file" in failed("verify", tmp_path / "missing.json")
    assert "directory" in failed("verify", tmp_path)


def test_a_window_reversed_in_a_report_is_told(written_report: Path) -> None:
    report = json.loads(written_report.read_text())
    report["window"] = {"start": report["window"]["end"], "end": report["window"]["start"]}
    written_report.write_text(json.dumps(report))
    assert "before it starts" in failed("verify", written_report)
