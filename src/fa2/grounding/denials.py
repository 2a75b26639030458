"""Denials: a statement that something did not happen, or is well, stands only on evidence that counted none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fa2.core.messages import Statement
from fa2.grounding.exhibits import Exhibit
from fa2.grounding.grounds import Grounds
from fa2.grounding.reading import read

_TROUBLE = (
    r"(?:incidents?|outages?|problems?|issues?|errors?|failures?|faults?|anomal\w+|exceptions?|timeouts?|alarms?|impact|"
    r"changes?|deploy\w*|restarts?|requests?|lines?|logs?|traces?|calls?|evidence|signs?|indications?|findings?)"
)
_DENIED = re.compile(
    rf"\b(?:no(?! failed calls? beneath)|zero|without(?! exception)(?: any)?|none of|not any|never any|neither)\b(?: [\w-]+){{0,3}}? {_TROUBLE}\b"
    r"|\b(?:nothing|nobody|no one)\b(?: [\w-]+){0,2} (?:wrong|changed|failed|happened|unusual|broke\w*)\b"
    r"|\b(?:is|are|was|were|looks?|seems?|stayed|remains?|remained|works?|worked|ran|runs)\b(?: \w+){0,2}? "
    r"(?:healthy|fine|normal(?!ly)|ok|okay|well|unaffected|stable|innocent|unchanged|as (?:usual|before|normal))\b"
    r"|\b(?:is|are|was|were) not(?: \w+){0,2}? (?:affected|at fault|the cause|failing|involved|to blame|broken|slow\w*|related)\b"
    r"|\b(?:did|does|do|has|have|had) not(?: \w+){0,2}? (?:fail\w*|chang\w*|happen\w*|occur\w*|break\w*|affect\w*)\b"
    r"|\bfalse alarms?\b|\beverything\b(?: \w+){0,2} (?:fine|ok|healthy|normal)\b",
    re.IGNORECASE,
)
_DENIED_JA = re.compile(
    r"(?:障害|異常|問題|エラー|失敗|変更|例外|影響|不具合|アラーム|リクエスト|ログ|検出結果)(?:は|も|が|の発生は)?[^。、]{0,8}?"
    r"(?:ない|なく|なかった|ありません|発生していない|発生しなかった|発生していません|見られない|見られません|見つから|検出されな|確認でき(?:ない|ませ))"
    r"|正常(?:である|です|でした|に(?:動作|稼働|処理)|の範囲)|健全|誤報|無関係|関係(?:がない|はない|ありません)|原因では(?:ない|ありません)|影響を受けて(?:いない|いません)"
)
_QUIET_ROLES = ("now", "any")


def unproved_denial(text: str, cited: Iterable[str], grounds: Grounds) -> Statement | None:
    """Return why a denial does not stand; null where it does, or nothing is denied.

    Shown is that something was not there by evidence that counted none of it in the incident, or found no rows. What
    exactly is denied is not read: a zero of another kind beside it lets a false denial pass.
    """
    exhibits = [exhibit for id_ in cited if (exhibit := grounds.exhibit(id_)) is not None]
    said = read(text, grounds.names, copies=[exhibit.copies for exhibit in exhibits]).blanked
    found = _DENIED.search(said) or _DENIED_JA.search(said)
    if found is None:
        return None
    if any(map(_counted_none, exhibits)):
        return None
    return Statement("grounding.denial", {"said": " ".join(found[0].split())})


def _counted_none(exhibit: Exhibit) -> bool:
    if not exhibit.record.rows:
        return True
    return any(cell.value == 0 and cell.role in _QUIET_ROLES for cell in exhibit.cells)
