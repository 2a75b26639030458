"""changes, findings and documents."""

from __future__ import annotations

from desks import on, on_example

from bundles import Scene


def changed() -> Scene:
    """Return a scene with changes and findings before, long before and in the incident."""
    scene = Scene()
    scene.change(-3, "ssm:PutParameter", resource_id="/shop/timeout", before='{"value":"3000"}', after='{"value":"3"}')
    scene.change(-60 * 20, "iam:UpdateAccessKey", actor="bob", service=None, resource_id="bob-key")
    scene.change(-60 * 30, "iam:CreateUser", actor="mallory")
    scene.change(60, "ecs:UpdateService", actor="carol")
    scene.finding(-30, "f1", 90.0, title="Credential exfiltration", detail='{"ip":"198.51.100.7"}')
    scene.finding(-20, "f2", 20.0, title="Port scan", service="orders", resource_id="i-1")
    scene.finding(-20, "f3", float("nan"), title="Odd severity")
    for n in range(40):
        scene.add("documents", id=f"old-{n}.md", title=f"Note {n}", text=f"Nothing of interest in week {n}.")
    text = (
        "# Stock\n\nWhen the table throttles, raise its write capacity.\n\nThen tell the orders team." + " More." * 600
    )
    scene.add("documents", id="runbook.md", title="Runbook", text=text)
    return scene


def test_changes_of_the_day_before_are_told_latest_first_with_before_and_after() -> None:
    with on(changed()) as call:
        rows = call.rows("changes")
    assert [row["action"] for row in rows] == ["ssm:PutParameter", "iam:UpdateAccessKey"]
    assert (rows[0]["before"], rows[0]["after"]) == ('{"value":"3000"}', '{"value":"3"}')


def test_changes_are_chosen_by_who_what_and_on_what() -> None:
    with on(changed()) as call:
        assert [row["actor"] for row in call.rows("changes", action="iam:")] == ["bob"]
        assert [row["actor"] for row in call.rows("changes", resource="SHOP/")] == ["alice"]
        assert [row["actor"] for row in call.rows("changes", service="web", actor="alice")] == ["alice"]
        nothing = call("changes", actor="mallory")
    assert nothing.evidence[1].rows == ((2,),)


def test_findings_are_told_most_severe_first() -> None:
    with on(changed()) as call:
        assert [row["id"] for row in call.rows("findings")] == ["f1", "f2", "f3"]
        assert [row["id"] for row in call.rows("findings", least_severity=50)] == ["f1"]
        assert [row["id"] for row in call.rows("findings", search="198.51.100.7")] == ["f1"]
        assert [row["id"] for row in call.rows("findings", service="orders")] == ["f2"]


def test_documents_give_the_text_of_the_section_that_fits() -> None:
    with on(changed()) as call:
        found = call("documents", query="table throttles write capacity")
        nothing = call("documents", query="zebra crossing")
    (evidence,) = found.evidence
    text = "".join(str(row[3]) for row in evidence.rows)
    assert evidence.cell(0, "id") == "runbook.md"
    assert evidence.cell(0, "section") == "Runbook > Stock"
    assert text.startswith("When the table throttles, raise its write capacity.")
    assert max(len(str(row[3])) for row in evidence.rows) <= 240
    assert nothing.evidence[0].rows == ((41,),)


def test_the_change_that_broke_the_example_is_found() -> None:
    with on_example("bad-config") as call:
        (row,) = call.rows("changes", service="orders")
    assert row["action"] == "ssm:PutParameter"
    assert row["resource_id"] == "/shop/orders/inventory_timeout_ms"
