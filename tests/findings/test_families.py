"""Each finding has an explanation, and each explanation its words."""

from __future__ import annotations

import pytest

from fa2.core.messages import LANGUAGES, catalogue
from fa2.findings.families import families, family_of, nature_of


@pytest.mark.parametrize(
    ("kind", "family", "nature"),
    [
        ("CryptoCurrency:EC2/BitcoinTool.B!DNS", "cryptocurrency", "threat"),
        ("UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B", "unauthorized_access", "threat"),
        ("Policy:IAMUser/RootCredentialUsage", "policy", "exposure"),
        ("Stealth:S3/ServerAccessLoggingDisabled", "defense_evasion", "threat"),
        ("SomethingNew:EC2/Odd", "threat", "threat"),
    ],
)
def test_threats_are_told_by_their_purpose(kind: str, family: str, nature: str) -> None:
    assert (family_of("guardduty", kind, "", ()), nature_of(family)) == (family, nature)


@pytest.mark.parametrize(
    ("control", "family"),
    [("S3.8", "public_access"), ("EC2.19", "open_network"), ("EC2.8", "metadata_service"), ("APIGateway.3", "control")],
)
def test_checks_are_told_by_their_control(control: str, family: str) -> None:
    assert family_of("securityhub", "", control, ()) == family


def test_others_are_told_by_the_longest_type_that_fits() -> None:
    reach = "Software and Configuration Checks/AWS Security Best Practices/Network Reachability - Unintended"
    assert family_of("securityhub", "", "", [reach]) == "open_network"
    assert (
        family_of("securityhub", "", "", ["Software and Configuration Checks/Vulnerabilities/CVE"]) == "vulnerability"
    )
    assert family_of("securityhub", "", "", ["Namespace/Odd"]) == "other"


@pytest.mark.parametrize("family", families())
def test_each_family_has_its_words_in_both_languages(family: str) -> None:
    for language in LANGUAGES:
        for name in ("means", "matters", "action"):
            text = catalogue(language).text(f"findings_report.family.{family}.{name}", key="K", n=2, product="P")
            assert len(text) > 10
