"""How the words of a model are held to evidence: by grounding, on data in which nothing reads like an instruction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fa2.core.messages import Language, Statement
from fa2.core.report import EvidenceRecord, ModelClaim, Report
from fa2.core.telemetry import Telemetry
from fa2.grounding.checking import check, check_guess, check_order
from fa2.grounding.denials import unproved_denial
from fa2.grounding.grounds import Grounds
from fa2.investigator.judging import ORDERS, Checks
from fa2.investigator.known_names import KnownNames
from fa2.investigator.plain_speech import is_in_language
from fa2.investigator.quarantine import without_instructions

_ID = re.compile(r"\bE[0-9a-f]{10}\b")


def checks_of(telemetry: Telemetry, report: Report, evidence: Iterable[EvidenceRecord], names: KnownNames) -> Checks:
    """Return the checks on what is said of a report, with all evidence that may be cited.

    What reads like an instruction bears nothing out: it would prove whatever it asks to be said.
    """
    grounds = Grounds(
        map(without_instructions, evidence),
        names=names.all,
        window=telemetry.window,
        baselines=telemetry.baselines,
        claims=[claim.id for claim in report.claims],
    )
    language = report.language

    def claim(text: str, cited: Sequence[str]) -> Statement | None:
        return _foreign(text, language) or check(text, cited, grounds) or unproved_denial(text, cited, grounds)

    def order(text: str, cited: Sequence[str]) -> Statement | None:
        return _foreign(text, language) or check_order(text, cited, grounds)

    def guess(text: str) -> Statement | None:
        missing = next((id_ for id_ in _ID.findall(text) if grounds.exhibit(id_) is None), None)
        if missing:
            return Statement("grounding.missing", {"evidence": missing})
        return (_foreign(text, language) or check_guess(text, grounds)) if text.strip() else None

    return Checks(claim, order, guess)


def _foreign(text: str, language: Language) -> Statement | None:
    return None if is_in_language(text, language) else Statement("investigator.struck.language", {})


class ModelClaimCheck:
    """Checks the claims of a finished report anew."""

    def __init__(self, telemetry: Telemetry, report: Report) -> None:
        self._checks = checks_of(telemetry, report, report.evidence, KnownNames(telemetry, report))

    def problem(self, claim: ModelClaim) -> Statement | None:
        """Return why a claim does not stand; null where it does."""
        check_it = self._checks.order if claim.section in ORDERS else self._checks.claim
        return check_it(claim.text, claim.evidence)
