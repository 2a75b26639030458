"""Labelled bundles are found in each of the layouts, and what is wrong with a label is told by its name."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluated import bundle, label
from fa2.core.errors import UnusableInput
from fa2.evaluation.cases import labelled_cases
from fa2.stores.bundle_folder import zip_bundle

CAUSE = {"verdict": "incident", "service": "payments", "kind": "pool", "locus": "unknown keys are fine"}
QUIET = {"verdict": "no_incident"}


def test_one_file_labels_the_bundles_beside_it_folders_and_zips(tmp_path: Path) -> None:
    bundle(tmp_path / "b")
    zip_bundle(bundle(tmp_path / "spare"), tmp_path / "a.zip")
    label(tmp_path, {"b": CAUSE, "a": QUIET})
    found = labelled_cases(tmp_path)
    assert [(case.name, case.bundle.name, case.truth.service, case.truth.group) for case in found] == [
        ("a", "a.zip", None, ""),
        ("b", "b", "payments", "pool"),
    ]
    assert [case.name for case in labelled_cases(tmp_path, "b")] == ["b"]


def test_a_bundle_with_its_label_inside_is_a_case(tmp_path: Path) -> None:
    label(bundle(tmp_path / "mine"), CAUSE)
    (case,) = labelled_cases(tmp_path / "mine")
    assert (case.name, case.bundle) == ("mine", tmp_path / "mine")


def test_a_label_beside_the_only_bundle_is_a_case_and_so_is_each_such_folder(tmp_path: Path) -> None:
    for name, truth in (("one", CAUSE), ("two", QUIET)):
        bundle(tmp_path / name / "bundle")
        label(tmp_path / name, truth)
    (tmp_path / "unlabelled").mkdir()
    assert [case.name for case in labelled_cases(tmp_path)] == ["one", "two"]
    (case,) = labelled_cases(tmp_path / "one")
    assert case.bundle == tmp_path / "one" / "bundle"


def test_two_bundles_for_one_label_are_refused(tmp_path: Path) -> None:
    bundle(tmp_path / "a")
    bundle(tmp_path / "b")
    label(tmp_path, CAUSE)
    with pytest.raises(UnusableInput, match="holds 2 bundles"):
        labelled_cases(tmp_path)


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ({"a": {"verdict": "incident"}}, "a: .*needs a service"),
        ({"a": {"verdict": "maybe"}}, "a: verdict: "),
        ({"a": "payments"}, "a: "),
        (["a"], "truth.json"),
        ({"gone": CAUSE}, "no bundle gone"),
        ({"../outside": CAUSE}, "no bundle ../outside"),
        ({}, "no labelled case"),
    ],
    ids=str,
)
def test_a_label_that_cannot_be_used_is_told(tmp_path: Path, truth: object, said: str) -> None:
    bundle(tmp_path / "outside")
    bundle(tmp_path / "cases" / "a")
    label(tmp_path / "cases", truth)
    with pytest.raises(UnusableInput, match=said):
        labelled_cases(tmp_path / "cases")


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="no folder"):
        labelled_cases(tmp_path / "none")


@given(
    st.recursive(
        st.none() | st.text(max_size=8) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["a", "verdict", "service", "x/y"]), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_any_json_is_either_read_or_refused(tmp_path_factory: pytest.TempPathFactory, truth: object) -> None:
    folder = tmp_path_factory.mktemp("any")
    bundle(folder / "a")
    (folder / "truth.json").write_text(json.dumps(truth))
    with suppress(UnusableInput):
        assert {case.name for case in labelled_cases(folder)} <= {"a", folder.name}


def test_the_examples_are_labelled() -> None:
    names = [case.name for case in labelled_cases(Path("examples/incidents"))]
    assert "quiet" in names
    assert len(names) == 6
