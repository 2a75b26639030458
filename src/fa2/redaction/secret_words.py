"""Words that announce a secret, and values that are none."""

from __future__ import annotations

import re
from typing import Literal

Strictness = Literal["password", "token", "session", "digits"]
"""How much a value has to look like a secret: a password may be anything; a token has some length; a session id is
long; a code is of digits."""

_KEYS = """api access private account encryption signing master license auth app shared storage webhook integration service
    server client security crypto consumer function subscription deploy""".split()

WORDS: dict[str, Strictness] = {
    **dict.fromkeys(("password", "passwd", "passphrase", "passcode", "pwd", "パスワード", "パスフレーズ"), "password"),
    **dict.fromkeys(
        (
            "secret", "token", "credential", "トークン", "シークレット", "秘密鍵", "アクセスキー", "apiキー", "暗号鍵", "認証キー",
            *(f"{word}{sign}key" for word in _KEYS for sign in ("", "_", "-", " ")),
        ),
        "token",
    ),
    **dict.fromkeys(("sessionid", "session_id", "session-id", "phpsessid", "connect.sid", "x-amz-signature", "signature"), "session"),
    **dict.fromkeys(("暗証番号", "認証コード", "確認コード", "verification code", "one-time code"), "digits"),
}  # fmt: skip
"""In small letters; `key` alone is none, for it names things in maps and buckets."""

WHOLE_WORDS: dict[str, Strictness] = {
    "pass": "password",
    "pw": "password",
    "auth": "token",
    "sig": "session",
    "otp": "digits",
    "pin": "digits",
    "cvv": "digits",
    "cvc": "digits",
    "cvv2": "digits",
    "creds": "token",
    "pswd": "password",
    "psw": "password",
}
"""Only as words of their own, before = or : and a value."""

_NONE = frozenset(
    """true false null none nil undefined empty na n/a string str bytes required optional missing invalid incorrect wrong
    expired mismatch failed failure authentication authorization auth error ok yes no not is was for to of in on and or the a an
    must does has have can cannot could should will accepted denied rejected changed reset set unset check user root file valid
    verified refreshed revoked unknown disabled enabled bearer basic default redacted hidden masked filtered removed omitted
    protected encrypted secret password token passwd key value example placeholder type name length policy manager
    provider rotation rotated created deleted updated found given provided specified used validation parsing store bucket
    refresh request response header cookie expiry ttl count limit self this get post async await new""".split()
)
_PLACEHOLDER = re.compile(
    r"[*•xX#.\-_?]+|<[A-Za-z_ -]*>|<[a-z-]+-[0-9.]+(?::[^<>\s]*)?>|\$\{[A-Za-z_.]*\}|\$\([A-Za-z_ ]*\)|\$[A-Z_]+|\{\{[\s\w.:/-]*\}\}|"
    r"\{[a-z_]*\}|%\(?[a-z_]*\)?[sdr]|\[[A-Za-z]+\]|:[a-z_]+|\([a-z]*\)|\*{2,}\S{0,4}|\S{0,4}\*{3,}\S{0,4}|\.\.\.|…+"
)
_PLAIN = re.compile(r"[a-z]+(?:[-_./][a-z]+)*|[A-Z][a-z]+|[A-Z]+(?:_[A-Z]+)*")
_NUMBER = re.compile(r"[0-9][0-9.,]*(?:ms|s|m|h|d|kb|mb|b)?")


def is_secret(value: str, strictness: Strictness, *, written_out: bool) -> bool:
    """Tell whether a value that follows a secret word may be a secret.

    written_out: the value stands in quotation marks or behind an equals sign, as programs write it; what follows a
    colon and a space may be prose.
    """
    bare = value.strip().strip(".,:;!?")
    if len(bare) < 2 or bare.lower() in _NONE or _PLACEHOLDER.fullmatch(value.strip()):
        return False
    match strictness:
        case "password":
            return written_out or not _PLAIN.fullmatch(bare) or (len(bare) >= 8 and not bare.isascii())
        case "token":
            if _NUMBER.fullmatch(bare) and len(bare) < 8:
                return False
            return len(bare) >= 6 and (not _PLAIN.fullmatch(bare) or (written_out and len(bare) >= 20))
        case "session":
            return len(bare) >= 16 and not bare.startswith("0x") and not _PLAIN.fullmatch(bare)
        case "digits":
            return bare.isdigit() and 3 <= len(bare) <= 8
