"""Secrets and personal data as their issuers make them, in carriers as programs and people write them; seeded, no real ones.

Formats follow what the issuers document, not what fa2 looks for. `CARRIERS` were at hand while recognisers were written,
`OTHER_CARRIERS` were not: they show what a format costs that nobody thought of.
"""

from __future__ import annotations

import base64
import json
import random
import string
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

_ALNUM = string.ascii_letters + string.digits
_B64 = _ALNUM + "+/"
_URL64 = _ALNUM + "-_"
_HEX = "0123456789abcdef"
_WORDS = "order payment cache retry upstream checkout session worker queue shard replica tenant batch ledger".split()
_GIVEN = "taro hanako kenji yuki alice bob carol dmitri maria wei".split()
_FAMILY = "sato suzuki takahashi tanaka smith jones ivanova garcia li nguyen".split()


@dataclass(frozen=True)
class Planted:
    """A line, or several, with a secret in it."""

    kind: str
    text: str
    secrets: tuple[str, ...]
    """What must not be found in what is sent, nor eight characters of it in a row."""


def planted(seed: int, count: int, *, other: bool = False) -> list[Planted]:
    """Return so many planted secrets of all kinds in turn, the same for the same seed."""
    chance = random.Random(seed)
    kinds = list(_KINDS)
    made = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        made.append(_KINDS[kind](chance, kind, other))
    return made


def _some(chance: random.Random, letters: str, low: int, high: int | None = None) -> str:
    return "".join(chance.choices(letters, k=chance.randint(low, high or low)))


def _strong(chance: random.Random) -> str:
    """Return a password as people and generators make them: at least eight characters, a digit or sign among them."""
    return chance.choice(
        [
            lambda: chance.choice(_WORDS).title() + str(chance.randint(10, 9999)) + chance.choice("!?#$%*"),
            lambda: "-".join(_some(chance, _ALNUM, 6) for _ in range(3)),
            lambda: _some(chance, _ALNUM + "!#$%*+-.:=?@^_~", 12, 32) + "7",
            lambda: chance.choice(_GIVEN) + "_" + str(chance.randint(1950, 2015)) + _some(chance, "!.@", 1),
        ]
    )()


# What stands around a value that a program gives a name.
def _assignments(chance: random.Random, name: str, value: str, other: bool) -> str:
    camel = name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:])
    upper, dotted, kebab = name.upper(), "spring.datasource." + name.replace("_", "-"), name.replace("_", "-")
    plain = json.dumps({"event": "config", camel: value, "n": chance.randint(1, 99)})
    known: list[Callable[[], str]] = [
        lambda: (
            f"2026-11-20 03:00:{chance.randint(10, 59)} ERROR [{chance.choice(_WORDS)}] could not log in with {name}={value}"
        ),
        lambda: plain,
        lambda: json.dumps({"message": plain}),
        lambda: f"export {upper}='{value}'",
        lambda: json.dumps({"environment": [{"name": upper, "value": value}]}),
        lambda: f"Config({{'{name}': '{value}', 'retries': 3}})",
        lambda: f"GET /login?user=x&{camel}={urllib.parse.quote(value, safe='')}&next=%2F HTTP/1.1",
        lambda: f'{upper}: "{value}"',
        lambda: (
            f"client --{kebab} {value} --region us-east-1"
            if " " not in value and value[0] != "-"
            else f"{name}='{value}'"
        ),
        lambda: f"設定：{camel}＝{value} を読み込みました" if not set(value) & set("、。　") else plain,
    ]
    unknown: list[Callable[[], str]] = [
        lambda: f'<entry key="{camel}" value="{value.replace("&", "&amp;").replace("<", "&lt;")}"/>',
        lambda: f"{dotted}={value}",
        lambda: f'{{:{name}=>"{value}", :user=>"app"}}',
        lambda: json.dumps({"ParameterKey": upper, "ParameterValue": value}),
        lambda: f"  - name: {upper}\n    value: {value}",
        lambda: f"the {name.replace('_', ' ')} is {value}",
        lambda: json.dumps(json.dumps({"request": {camel: value}})),
        lambda: f"Traceback: KeyError: 'x'\n  args = {{'{upper}': b'{value}'}}",
        lambda: f"{kebab} = {value}",
        lambda: f"{upper}={value}\\nLOG_LEVEL=debug",
    ]
    text = chance.choice(unknown if other else known)()
    return text


def _prose(chance: random.Random, value: str, other: bool) -> str:
    """Return a value with neighbours but no name."""
    known: list[Callable[[], str]] = [
        lambda: f"2026-11-20T03:00:01Z INFO {chance.choice(_WORDS)} handled {value} in {chance.randint(1, 900)} ms",
        lambda: json.dumps({"msg": f"seen {value}", "level": "info"}),
        lambda: (
            f"java.lang.IllegalStateException: bad input [{value}]\n\tat shop.Cart.add(Cart.java:{chance.randint(1, 400)})"
        ),
        lambda: f"https://shop.test/x?q={urllib.parse.quote(value, safe='')}&page=2",
        lambda: f"お客様（{value}）から問い合わせがありました。",
        lambda: f'"{value}",{chance.choice(_WORDS)},3',
    ]
    unknown: list[Callable[[], str]] = [
        lambda: json.dumps({"body": json.dumps({"msg": f"line1\n{value}\tend"})}),
        lambda: f"<li>{value}</li>",
        lambda: f"{value}",
        lambda: f"担当:{value}、確認済み",
        lambda: f"user={value};role=admin",
        lambda: f"| {chance.choice(_WORDS)} | {value} |",
        lambda: json.dumps({"v": value}, ensure_ascii=True).replace("@", "\\u0040").replace("/", "\\/"),
    ]
    return chance.choice(unknown if other else known)()


def _named(names: list[str], make: Callable[[random.Random], str]) -> Callable[[random.Random, str, bool], Planted]:
    def made(chance: random.Random, kind: str, other: bool) -> Planted:
        value = make(chance)
        return Planted(kind, _assignments(chance, chance.choice(names), value, other), (value,))

    return made


def _unnamed(make: Callable[[random.Random], str]) -> Callable[[random.Random, str, bool], Planted]:
    def made(chance: random.Random, kind: str, other: bool) -> Planted:
        value = make(chance)
        return Planted(kind, _prose(chance, value, other), (value,))

    return made


def _jwt(chance: random.Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")

    body = {
        "sub": str(chance.randint(1, 10**9)),
        "iat": 1_700_000_000 + chance.randint(0, 10**7),
        "scope": chance.choice(_WORDS),
    }
    return f"{part({'alg': chance.choice(['HS256', 'RS256', 'ES256']), 'typ': 'JWT'})}.{part(body)}.{_some(chance, _URL64, 43, 86)}"


def _pem(chance: random.Random, kind: str, other: bool) -> Planted:
    name = chance.choice(
        ["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]
    )
    lines = [_some(chance, _B64, 64) for _ in range(chance.randint(2, 20))] + [_some(chance, _B64, 8, 60)]
    pem = "\n".join([f"-----BEGIN {name}-----", *lines, f"-----END {name}-----"])
    known = [pem, json.dumps({"key": pem}), pem.replace("\n", "\\n"), f"ssl error with\n{pem}\nin config"]
    unknown = [
        json.dumps(json.dumps({"k": pem})), pem.replace("\n", " "), "\n".join(f"    {line}" for line in pem.split("\n")),
        urllib.parse.quote(pem), pem.rsplit("\n", 1)[0], pem.replace("\n", "\r\n"),
    ]  # fmt: skip
    return Planted(kind, chance.choice(unknown if other else known), tuple(lines))


def _url_password(chance: random.Random, kind: str, other: bool) -> Planted:
    value = _some(chance, _ALNUM + "!$*_-.~", 8, 24)
    scheme = chance.choice("postgres mysql redis amqp mongodb+srv https ftp".split())
    text = f"{scheme}://{'' if scheme == 'redis' else 'app'}:{value}@db-{chance.randint(1, 9)}.internal:{chance.randint(1000, 9999)}/shop"
    wrapped = (
        [f'DSN "{text}" refused', json.dumps({"message": f"cannot connect to {text}"}), f"jdbc:{text}"]
        if other
        else [text, f"connecting to {text} failed", f"DATABASE_URL={text}"]
    )
    return Planted(kind, chance.choice(wrapped), (value,))


def _bearer(chance: random.Random, kind: str, other: bool) -> Planted:
    value = _some(chance, _URL64, 20, 60)
    known = [
        f"Authorization: Bearer {value}",
        json.dumps({"headers": {"authorization": f"Bearer {value}"}}),
        f"curl -H 'Authorization: Bearer {value}' https://api.test",
    ]
    unknown = [
        f"> authorization: bearer {value}",
        f"[('Authorization', 'Bearer {value}')]",
        json.dumps({"m": json.dumps({"Authorization": [f"Bearer {value}"]})}),
        f"Authorization=Token {value}",
        f"x-api-key: {value}",
    ]
    return Planted(kind, chance.choice(unknown if other else known), (value,))


def _basic(chance: random.Random, kind: str, other: bool) -> Planted:
    plain = f"{chance.choice(_GIVEN)}:{_strong(chance)}"
    value = base64.b64encode(plain.encode()).decode()
    known = [f"Authorization: Basic {value}", json.dumps({"Authorization": f"Basic {value}"})]
    unknown = [
        f"proxy-authorization: basic {value}",
        f"'Authorization' => 'Basic {value}',",
        f"header Authorization=Basic%20{urllib.parse.quote(value, safe='')}",
    ]
    return Planted(kind, chance.choice(unknown if other else known), (value.rstrip("="),))


def _cookie(chance: random.Random, kind: str, other: bool) -> Planted:
    value = _some(chance, _ALNUM, 16, 48)
    known = [f"Cookie: theme=dark; sid={value}; lang=ja", f"Set-Cookie: session={value}; Path=/; HttpOnly; Secure"]
    unknown = [
        json.dumps({"headers": {"cookie": f"_ga=GA1.2; connect.sid={value}"}}),
        f'curl -H "Cookie: JSESSIONID={value}" http://x',
        f"cookies: a=1; auth={value}",
    ]
    return Planted(kind, chance.choice(unknown if other else known), (value,))


def _slack_hook(chance: random.Random, kind: str, other: bool) -> Planted:
    path = f"T{_some(chance, _UPPER, 8, 10)}/B{_some(chance, _UPPER, 8, 10)}/{_some(chance, _ALNUM, 24)}"
    return Planted(kind, _prose(chance, f"https://hooks.slack.com/services/{path}", other), (path,))


def _presigned(chance: random.Random, kind: str, other: bool) -> Planted:
    key, signature = "AKIA" + _some(chance, string.ascii_uppercase + "234567", 16), _some(chance, _HEX, 64)
    token = "IQoJb3JpZ2luX2Vj" + _some(chance, _B64, 200, 400) + "="
    query = urllib.parse.urlencode(
        {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{key}/20261120/us-east-1/s3/aws4_request",
            "X-Amz-Date": "20261120T030000Z",
            "X-Amz-Expires": "3600",
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Security-Token": token,
            "X-Amz-Signature": signature,
        }
    )
    url = f"https://bucket.s3.amazonaws.com/a/b.csv?{query}"
    wrapped = (
        [
            json.dumps({"url": url.replace("&", "\\u0026")}),
            url.replace("&", "&amp;"),
            f"redirect={urllib.parse.quote(url, safe='')}",
        ]
        if other
        else [f"GET {url} 403", json.dumps({"url": url})]
    )
    return Planted(kind, chance.choice(wrapped), (key, signature, urllib.parse.quote(token, safe="")[20:80]))


def _phone_jp(chance: random.Random) -> str:
    digits = (
        chance.choice(["090", "080", "070", "050"])
        + _some(chance, string.digits[1:], 1)
        + _some(chance, string.digits, 7)
    )
    forms = [
        f"{digits[:3]}-{digits[3:7]}-{digits[7:]}",
        digits,
        f"+81 {digits[1:3]}-{digits[3:7]}-{digits[7:]}",
        f"+81{digits[1:]}",
        f"{digits[:3]} {digits[3:7]} {digits[7:]}",
    ]
    area, local = chance.choice([("03", 4), ("06", 4), ("045", 3), ("052", 3), ("0120", 3), ("0463", 2)])
    near = _some(chance, string.digits[2:], local)
    last = _some(chance, string.digits, 10 - len(area) - local)
    forms += [f"{area}-{near}-{last}", f"({area}){near}-{last}", f"{area}({near}){last}"]
    text = chance.choice(forms)
    if chance.random() < 0.2:
        text = text.translate({ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789-()"})
    return text


def _phone_world(chance: random.Random) -> str:
    area = chance.choice("206 212 312 415 617 702 808 917".split())
    near, last = chance.choice("23456789") + _some(chance, string.digits, 2), _some(chance, string.digits, 4)
    return chance.choice(
        [
            f"({area}) {near}-{last}",
            f"{area}-{near}-{last}",
            f"+1 {area} {near} {last}",
            f"+1{area}{near}{last}",
            f"+44 20 7{_some(chance, string.digits, 3)} {last}",
            f"+49 30 {_some(chance, string.digits[1:], 7)}",
            f"+33 6 {' '.join(_some(chance, string.digits, 2) for _ in range(4))}",
        ]
    )


def _card(chance: random.Random) -> str:
    prefix, length = chance.choice(
        [
            ("4", 16),
            ("51", 16),
            ("55", 16),
            ("2221", 16),
            ("34", 15),
            ("37", 15),
            ("6011", 16),
            ("3528", 16),
            ("3589", 16),
            ("36", 14),
            ("622126", 16),
            ("65", 16),
        ]
    )
    body = prefix + _some(chance, string.digits, length - len(prefix) - 1)
    total = sum(n - 9 if (n := int(d) * (2 - i % 2)) > 9 else n for i, d in enumerate(reversed(body)))
    digits = body + str(-total % 10)
    sign = chance.choice(["", " ", "-"])
    cuts = [4, 10] if length in (14, 15) else [4, 8, 12]
    return sign.join(digits[a:b] for a, b in zip([0, *cuts], [*cuts, length], strict=True))


def _my_number(chance: random.Random) -> str:
    eleven = _some(chance, string.digits, 11)
    q = [n + 1 if n <= 6 else n - 5 for n in range(1, 12)]
    rest = sum(int(eleven[-n]) * q[n - 1] for n in range(1, 12)) % 11
    digits = eleven + str(0 if rest <= 1 else 11 - rest)
    return chance.choice(
        [digits, f"{digits[:4]} {digits[4:8]} {digits[8:]}", f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"]
    )


def _my_number_line(chance: random.Random, kind: str, other: bool) -> Planted:
    value = _my_number(chance)
    known = [
        f"マイナンバー：{value}",
        f"個人番号 {value} を登録しました",
        json.dumps({"myNumber": value}),
        f"seen {value} in form",
    ]
    unknown = [
        json.dumps({"マイナンバー": value}),
        f"my_number={value}",
        f"氏名 佐藤 太郎、個人番号は{value}です。",
        f"row: taro,{value},tokyo",
        f"individual number {value}",
    ]
    return Planted(kind, chance.choice(unknown if other else known), (value,))


def _address_jp(chance: random.Random) -> str:
    place = chance.choice(
        [
            "東京都渋谷区神宮前",
            "大阪府大阪市北区梅田",
            "神奈川県横浜市西区みなとみらい",
            "北海道札幌市中央区北一条西",
            "京都府京都市中京区烏丸通",
            "福岡県福岡市博多区博多駅前",
        ]
    )
    n = [chance.randint(1, 30) for _ in range(3)]
    block = chance.choice(
        [f"{n[0]}-{n[1]}-{n[2]}", f"{n[0]}丁目{n[1]}番{n[2]}号", f"{n[0]}丁目{n[1]}-{n[2]}", f"{n[0]}番地{n[1]}"]
    )
    post = chance.choice(["", f"〒{_some(chance, string.digits, 3)}-{_some(chance, string.digits, 4)} "])
    return post + place + block + chance.choice(["", " サンハイツ203号室", f" 第一ビル{n[0]}F"])


def _address_us(chance: random.Random) -> str:
    street = chance.choice(
        ["Maple Street", "N Elm St", "Ocean Ave", "Martin Luther King Blvd", "5th Avenue", "Sunset Dr"]
    )
    town = chance.choice(["Springfield, IL 62704", "Seattle, WA 98101", "San Jose, CA 95113-2001", "Austin, TX 78701"])
    return f"{chance.randint(1, 9999)} {street}{chance.choice(['', ', Apt 4B', ', Suite 200'])}, {town}"


def _account(chance: random.Random, kind: str, other: bool) -> Planted:
    value = chance.choice("123456789") + _some(chance, string.digits, 11)
    region = chance.choice(["us-east-1", "ap-northeast-1"])
    known = [
        f"arn:aws:lambda:{region}:{value}:function:checkout",
        json.dumps({"accountId": value}),
        f"pull {value}.dkr.ecr.{region}.amazonaws.com/shop:1.2",
        f"https://sqs.{region}.amazonaws.com/{value}/orders",
        f"account {value} is suspended",
    ]
    unknown = [
        json.dumps({"recipientAccountId": value, "eventVersion": "1.08"}),
        f"s3://cdk-hnb659fds-assets-{value}-{region}/x.zip",
        f"aws_account_id = {value}",
        f"アカウントID：{value}",
        json.dumps({"m": json.dumps({"arn": f"arn:aws:iam::{value}:user/taro"})}),
        f"https://{value}.signin.aws.amazon.com/console",
        f"OwnerId={value}",
    ]
    return Planted(kind, chance.choice(unknown if other else known), (value,))


def _arn(chance: random.Random, kind: str, other: bool) -> Planted:
    account = _some(chance, string.digits, 12)
    own = _some(chance, _ALNUM, 12)
    role = f"{chance.choice(_WORDS)}-{own}"
    arn = chance.choice(
        [
            f"arn:aws:iam::{account}:role/service-role/{role}",
            f"arn:aws:sts::{account}:assumed-role/{role}/{chance.choice(_GIVEN)}.{chance.choice(_FAMILY)}",
            f"arn:aws-cn:dynamodb:cn-north-1:{account}:table/{role}",
            f"arn:aws:secretsmanager:us-east-1:{account}:secret:{role}",
        ]
    )
    return Planted(kind, _prose(chance, arn, other), (account, own))


def _email(chance: random.Random) -> str:
    name = f"{chance.choice(_GIVEN)}{chance.choice(['.', '_', '-', ''])}{chance.choice(_FAMILY)}{chance.choice(['', '+shop', str(chance.randint(1, 99))])}"
    return (
        f"{name}@{chance.choice(['example.com', 'mail.example.co.jp', 'sub-domain.example.org', 'docomo.example.jp'])}"
    )


def _ip(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return "2001:db8:" + ":".join(_some(chance, _HEX, 1, 4) for _ in range(6))
    return ".".join(str(chance.randint(1 if n else 11, 250 if n else 120)) for n in range(4))


_UPPER = string.ascii_uppercase + "234567"
_KINDS: dict[str, Callable[[random.Random, str, bool], Planted]] = {
    "password": _named("password db_password user_passwd passphrase admin_pwd".split(), _strong),
    "aws_access_key": _unnamed(lambda c: c.choice(["AKIA", "ASIA"]) + _some(c, _UPPER, 16)),
    "aws_secret_key": _named(["aws_secret_access_key", "secret_key", "secret_access_key"], lambda c: _some(c, _B64, 40)),
    "aws_secret_key_bare": _unnamed(lambda c: _some(c, _B64, 40)),
    "aws_session_token": _named(["aws_session_token", "session_token"], lambda c: "IQoJb3JpZ2luX2Vj" + _some(c, _B64, 200, 700) + "=="),
    "github": _unnamed(lambda c: c.choice(["ghp_", "gho_", "ghs_", "ghu_"]) + _some(c, _ALNUM, 36)),
    "github_fine": _unnamed(lambda c: "github_pat_" + _some(c, _ALNUM, 22) + "_" + _some(c, _ALNUM, 59)),
    "slack": _unnamed(lambda c: c.choice(["xoxb-", "xoxp-"]) + "-".join([_some(c, string.digits, 10, 13), _some(c, string.digits, 10, 13), _some(c, _ALNUM, 24, 32)])),
    "slack_hook": _slack_hook,
    "stripe": _unnamed(lambda c: c.choice(["sk_live_", "sk_test_", "rk_live_"]) + _some(c, _ALNUM, 24, 99)),
    "google": _unnamed(lambda c: "AIza" + _some(c, _URL64, 34) + "a"),
    "openai": _unnamed(lambda c: c.choice(["sk-", "sk-proj-"]) + _some(c, _ALNUM, 20) + "T3BlbkFJ" + _some(c, _ALNUM, 20)),
    "anthropic": _unnamed(lambda c: "sk-ant-api03-" + _some(c, _URL64, 93) + "AA"),
    "generic_token": _named("api_key auth_token client_secret access_token signing_key".split(), lambda c: _some(c, _ALNUM, 16, 48)),
    "hex_token": _named("api_key token webhook_secret".split(), lambda c: _some(c, _HEX, 32, 64)),
    "bearer": _bearer,
    "basic": _basic,
    "cookie": _cookie,
    "presigned": _presigned,
    "url_password": _url_password,
    "jwt": _unnamed(_jwt),
    "pem": _pem,
    "email": _unnamed(_email),
    "phone_jp": _unnamed(_phone_jp),
    "phone_world": _unnamed(_phone_world),
    "address_jp": _unnamed(_address_jp),
    "address_us": _unnamed(_address_us),
    "card": _unnamed(_card),
    "my_number": _my_number_line,
    "account": _account,
    "arn": _arn,
    "ip": _unnamed(_ip),
}  # fmt: skip
