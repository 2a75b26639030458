"""Tests of documents in Markdown."""

from __future__ import annotations

import pytest
from exported_file import exported, rows_of

from fa2.core.ports import Gaps
from fa2.sources.local.markdown_documents import source

RUNBOOK = """# Payments: card gateway is slow

When the gateway's p99 passes 2 s, do this:

1. Look at `payments-gateway` in the console.
2. Raise the pool with **care**.

```
# not a heading
2026-11-20 03:00:00 INFO not a log
```
"""


def test_a_runbook_becomes_its_sections() -> None:
    file = exported(RUNBOOK + "\n## Afterwards\n\nTell the team.\n", "runbooks/payments.md")
    assert source.recognise(file.head()) == 0.9
    first, second = rows_of(source, file)
    assert first == {
        "id": "runbooks/payments.md#L3",
        "title": "Payments: card gateway is slow",
        "text": RUNBOOK.split("\n", 2)[2].strip(),
        "url": None,
    }
    assert (second["id"], second["text"]) == ("runbooks/payments.md#L15", "Tell the team.")
    assert second["title"] == "Payments: card gateway is slow > Afterwards"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Past incident\n=============\n\nThe pool was too small, sadly.\n", "Past incident"),
        ("---\ntitle: 'Ledger'\n---\n\n# Other\n\nSome prose, here.\n", "Ledger > Other"),
        ("\ufeff# 決済の障害対応\r\n\r\n接続数を確認し、必要なら増やす。\r\n", "決済の障害対応"),
    ],
)
def test_titles_are_found_without_a_telling_name(text: str, title: str) -> None:
    file = exported(text, "notes.txt")
    assert source.recognise(file.head()) == 0.5
    assert rows_of(source, file)[0]["title"] == title


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 03:00:00 INFO # start of, well, everything.\n" * 5,
        "INFO # heading\nERROR something, somewhere, failed.\n",
        "# Settings\nport: 8080\nhost: example\n# Pool, as we like it, small.\nsize = 3\n",
        "#!/bin/sh\n# Deploys, with care, the shop.\necho hi\n",
        '{"a": 1}',
        "plain words without any heading\n",
        "",
    ],
)
def test_logs_settings_and_scripts_are_left_to_others(text: str) -> None:
    assert source.recognise(exported(text, "x.txt").head()) == 0.0


def test_a_log_called_md_is_no_document() -> None:
    log = "2026-11-20T03:00:00Z ERROR cannot connect, giving up, sorry.\n" * 9
    assert source.recognise(exported(log, "README.md").head()) == 0.0


def test_what_is_no_text_is_counted() -> None:
    gaps = Gaps()
    assert list(source.read(exported(b"# Caf\xe9\n\nSome prose, here, and more of it.\n", "x.md"), gaps)) == []
    assert gaps.counts == {"document_not_text": 1}
