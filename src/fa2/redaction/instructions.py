"""Text in data that reads like an instruction to a language model: ordered, addressed, or dressed up as its own turn.

Rules are phrases, not single words, in the languages in which such texts are known; what people log is seldom imperative
and never addressed to a model. A text is looked at as it stands, without what nobody sees, and decoded where it is base64.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_LONGEST = 20_000
"""Characters looked at: a longer text is looked at from both ends."""
_SHORTEST = 6
_CODED = 24
"""Characters from which one word may be an encoded text."""
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_TAGS = re.compile("[\U000e0000-\U000e007f]")
_SPACED = re.compile(r"(?<!\S)(?:\w ){5,200}\w(?!\S)")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,4000}={0,2}")
_GAP = r"[^.\n]{0,60}?"
_MODEL = (
    r"(?:a\.?i\.?|llm|language model|assistant|chat ?bot|chatgpt|gpt|claude|gemini|copilot|agent|model|analyst bot|fa2)"
)
_RULES = r"(?:instructions?|prompts?|rules?|guidelines?|directions?|orders?|commands?|messages?|context|constraints?)"

_PHRASES = re.compile(
    "|".join(
        (
            rf"\b(?:ignore|disregard|forget|override|bypass|discard|neglect)\b{_GAP}\b(?:previous|above|prior|earlier|preceding|all|any|your|system|other|these|those)\b{_GAP}\b{_RULES}\b",
            rf"\b(?:new|updated|real|actual|important|special|secret|hidden|additional|further) (?:system )?instructions?\b{_GAP}(?::|\bfor\b|\bfollow\b)",
            r"\b(?:you are now|from now on,? you|you must now|you will now|your new (?:task|role|instructions?|goal)|pretend (?:to be|you)|act as (?:an? |the |if you)|you are no longer)\b",
            r"<\|(?:im.start|im.end|system|user|assistant|endoftext|eot.id|start.header.id)\|?>|\[/?inst\]|<</?sys>>|#{2,} ?(?:system|instructions?|human|assistant)\b|</?(?:assistant|instructions?|data-[0-9a-f]{6,})>",
            r"(?:^|\n|[\"'>] ?)(?:system|assistant|human|developer) ?: ?(?=\S)(?=.{0,200}\b(?:you|must|should|ignore|answer|reply|report|conclude|call|say|the investigation|the root cause)\b)",
            rf"\b(?:dear|hey|hello|hi|attention|note (?:to|for)|message (?:to|for)|instructions? (?:to|for)|reminder (?:to|for)|to the|to any|to all)\b,? (?:the |any |all |an? )?{_MODEL}s?\b(?: (?:reading|analy[sz]ing|processing|investigating)|[:,!.]| you\b| that\b)",
            rf"\b(?:if you are|as) an? {_MODEL}\b",
            rf"\b{_MODEL}s?,? (?:must|should|shall|has to|have to|is required to|are required to|needs? to) (?:now )?(?:report|conclude|answer|ignore|say|state|call|output|respond|write|tell|declare|blame|stop|reveal|print)\b",
            r"\b(?:system|hidden|initial|developer) prompts?\b",
            rf"\b(?:reveal|print|show|repeat|output|leak|display|send|give)\b{_GAP}\b(?:your|the) (?:system |hidden |own )?(?:prompts?|instructions|secrets?|api keys?|credentials|passwords?|environment variables|tokens)\b",
            rf"\b(?:send|post|upload|forward|exfiltrate|transmit)\b{_GAP}\b(?:to|at)\b{_GAP}https?://",
            rf"\b(?:call|invoke|use|run|execute)\b (?:the |your |a )?(?:tool|function)\b(?: named| called)?{_GAP}(?:with|and|now|on|to|[`'\"(])",
            rf"\b(?:call|invoke|use|run)\b {_GAP}\b(?:tool|query.logs|state.hypotheses|conclude|log.patterns|find.metrics|finish)\b{_GAP}(?:with|and|now|for|on|at once|immediately|repeatedly)",
            rf"\b(?:do not|don't|never|must not|refrain from)\b (?:ever )?(?:report|mention|blame|investigat\w+|look at|include|cite|tell|name|accus\w+|suspect)\b{_GAP}\b(?:this|service|incident|anyone|the user|cause|engineer|operator|it)\b",
            rf"\b(?:report|declare|conclude|state|say|answer|write|respond|reply|claim|announce|tell (?:the )?(?:user|operator|engineer)s?)\b,?{_GAP}\b(?:that|with|only|exactly)\b{_GAP}\b(?:root cause|no incident|at fault|to blame|is the cause|caused (?:by|this)|everything is (?:fine|ok|healthy|normal)|is healthy|false alarm|resolved|no problem|guilty)\b",
            rf"\b(?:the|your|mark) (?:root cause|cause|verdict|conclusion|answer|suspect)\b{_GAP}\b(?:must|should|has to|shall) be\b",
            rf"\b(?:cite|quote|use)\b{_GAP}\b(?:evidence|id|claim)s?\b{_GAP}\b(?:[ecm]\d|as proof|regardless|even if|for every)",
            rf"\b(?:answer|respond|reply|write|continue|speak|switch)\b{_GAP}\b(?:only )?(?:in|to) (?:french|german|spanish|chinese|russian|english|japanese|korean|italian|klingon|latin|portuguese)\b",
            rf"\b(?:spend|use up|consume|exhaust)\b{_GAP}\b(?:budget|tokens|all (?:of )?(?:the|your))\b",
            r"\b(?:end|close|begin|start) of (?:the )?(?:data|logs?|quoted|untrusted)(?: block| section)?\b.{0,40}\b(?:instruction|system|now|new|trusted|begin)",
            r"\bignor(?:a|e|ez|er|iere|ieren)\b[^.\n]{0,40}\b(?:instrucciones|instructions|anweisungen|instruções|istruzioni|règles|regeln)\b",
            r"игнорируй\S*[^.\n]{0,40}(?:инструкци|указани)|忽略[^。\n]{0,12}(?:指令|指示|提示|说明)|이전[^.\n]{0,12}(?:지시|명령|지침)[^.\n]{0,8}무시",
            r"(?:以前|これまで|今まで|上記|前|先|直前|すべて|全て|他)の?[^。\n]{0,12}(?:指示|命令|ルール|規則|プロンプト|制約)[^。\n]{0,6}(?:無視|忘れ|破棄|従わな)",
            r"(?:あなたは|お前は|君は)(?:今から|これから|今後|現在|もう)?[^。\n]{0,40}(?:です。|として(?:振る舞|行動|回答|報告)|でなければ|しなければ|しなさい|してください|せよ)",
            r"(?:a\.?i|モデル|アシスタント|エージェント|llm)[^。\n]{0,6}(?:へ|に|は|宛|よ)[^。\n]{0,40}(?:ください|しなさい|せよ|すること|してはならない|するな|指示)",
            r"(?:システム|隠し)プロンプト|(?:新しい|追加の|重要な|本当の)指示\s*[:：。はを]",
            r"(?:原因|犯人|障害|責任)[^。\n]{0,40}(?:と|だと|であると|ないと|のみ)(?:報告|結論|回答|断定|記載|出力|答え|書|宣言)[^。\n]{0,6}(?:ください|しなさい|せよ|すること|て|け|ろ)",
            r"(?:報告|言及|調査|記載|引用)(?:しないで|してはいけ|してはなら|するな|しないこと)",
            r"(?:ツール|関数)[^。\n]{0,30}(?:呼び出|実行|使)[^。\n]{0,8}(?:ください|しなさい|せよ|すること|して)",
            r"(?:秘密|シークレット|パスワード|認証情報|api ?キー|プロンプト)[^。\n]{0,12}(?:を|の内容を)[^。\n]{0,8}(?:表示|出力|送信|教え|公開)[^。\n]{0,8}(?:ください|しなさい|せよ|て|ろ)",
            r"(?:英語|中国語|フランス語|韓国語|ドイツ語|日本語)で(?:のみ)?(?:回答|答え|書|出力|報告)",
        )
    )
)


def reads_like_instruction(text: str) -> bool:
    """Tell whether a text from the data reads like an instruction to a model. Time grows with the length of the text."""
    if len(text) < _SHORTEST or (len(text) < _CODED and text.isascii() and " " not in text and "<" not in text):
        return False  # a name, a number, a time
    return _reads(text)


@lru_cache(maxsize=4096)
def _reads(text: str) -> bool:
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}\n{text[-_LONGEST // 2 :]}"
    return any(_PHRASES.search(reading) for reading in _readings(text))


def _readings(text: str) -> Iterator[str]:
    """Yield a text as it is meant to be read: without what nobody sees, closed up, and decoded."""
    hidden = "".join(chr(ord(c) - 0xE0000) for c in _TAGS.findall(text))
    plain = _plain(_TAGS.sub("", text))
    yield plain
    if hidden:
        yield _plain(hidden)
    if _SPACED.search(text):
        apart = re.sub(r"\s{2,}", "\n", text)
        yield _plain(_SPACED.sub(lambda m: m[0].replace(" ", ""), apart).replace("\n", " "))
    for found in _BASE64.finditer(text):
        decoded = _decoded(found[0])
        if decoded:
            yield _plain(decoded)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).lower()
    return re.sub(r"[ \t\r\f\v_]+", " ", text.replace("\\n", "\n").replace("’", "'"))


def _decoded(text: str) -> str:
    """Return what base64 stands for where that is words; empty where it is not."""
    try:
        raw = base64.b64decode(
            text.rstrip("=").replace("-", "+").replace("_", "/") + "=" * (-len(text.rstrip("=")) % 4)
        )
        found = raw.decode()
    except (binascii.Error, ValueError):
        return ""
    letters = sum(c.isalpha() or c.isspace() for c in found)
    return found if found and letters > 0.8 * len(found) else ""
