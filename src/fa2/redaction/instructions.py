"""Text that reads like an instruction to a language model, in English, Japanese and, for the usual phrases, other languages.

The expressions are written for both Python and RE2, so that DuckDB looks through millions of lines with the same ones. They
want what log lines lack: an order to a reader that is a model, or that concerns how an investigation is told.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from urllib.parse import unquote

_REPORT = r"(?:report|analysis|summary|answer|conclusion|response|findings?|verdict|output)"
_SAY = r"(?:report|conclude|answer|state|say|declare|respond|reply|write|claim|confirm|tell|assert|output)"
_LEAD = r"(?:^|[.!?;:>=\[(\]\n\"'|*#)-] {0,3}|\b(?:please|must|should|now|then|and|always|instead|immediately|also|first|just|kindly|you|to|will|only),? )"
_ORDERS = r"(?:instruct\w*|prompts?|rules?|guidelines?|directives?|directions?|constraints?|orders|briefing|safety|polic(?:y|ies))"
_SECRETS = r"(?:system prompt|(?:your|these|the above|initial|hidden) (?:instructions|prompt|rules)|(?:api |access |secret |private |aws )?keys?\b|passwords?|secrets?|credentials|env(?:ironment)? (?:variables|vars)|(?:api |access |session |bearer )?tokens?\b|account ids?|redacted values?|aliases)"
_LANGUAGES = r"(?:english|japanese|french|german|spanish|italian|portuguese|russian|chinese|korean|dutch|latin|klingon|arabic|hindi|pirate)"
_MODEL = r"(?:ai|a\.i\.|llm|language model|assistant|chatbot|chatgpt|gpt(?:-?\d)?|claude|gemini|copilot|agents?|investigator|analyst|fa2|model)"

EXPRESSIONS: dict[str, str] = {
    "override": rf"\b(?:ignor(?:e|ing)|disregard|forget|override|bypass|discard|overrule|stop following)\b[^.\n]{{0,30}}\b(?:previous|prior|above|earlier|preceding|all|any|your|every|existing|original|system|foregoing)\b[^.\n]{{0,24}}\b{_ORDERS}"
    rf"|\b(?:ignore|forget|disregard) (?:all |everything |anything )?(?:of )?(?:the |what |that )?(?:above|previous|before|came before|you (?:were|have been) told|you know|you learned)\b|\b(?:previous|prior|earlier|above) instructions? (?:are|is|were|have been) (?:void|cancel\w*|obsolete|revoked|superseded|overrid\w+|no longer)"
    rf"|\b(?:updated?|new|revised|real|actual|additional|important|urgent|secret|priority) (?:system )?instructions?(?: for\b| to\b|:)|\b(?:system|admin|developer|security) (?:override|overide)\b|\bjailbreak|\bdeveloper mode\b",
    "role": rf"\byou are (?:now|no longer|from now on|hereby)\b|\bfrom now on,? (?:you|act|always|answer|respond)|\b(?:pretend|imagine)(?: to be| that you| you are)\b|\bact as (?:an? |the )?(?:ai|different|new|unrestricted|helpful|admin|root|dan|system)\b|\byour (?:new|real|true|only|actual|next) (?:role|task|job|goal|purpose|mission|instructions?)\b"
    rf"|\bas an? (?:ai|llm|large language|language model)\b|\byou are an? (?:(?:helpful|new|different) )?(?:ai|assistant|language model|llm|chatbot)\b|\b(?:note|message|instructions?|attention|hint|reminder|notice|memo|dear|hello|hey|hi|order|orders|warning)(?:,| to| for|:|) {{0,2}}(?:(?:the|any|all|every|our|an?) )?(?:automated |reading |large )?{_MODEL}(?: |:|,|\.|;|-|$)"
    rf"|\b(?:if you are|any|every|when an?) (?:an? )?(?:ai|llm|language model|assistant)\b[^.\n]{{0,40}}\b(?:must|should|shall|read|process|investigat|summari|analy)|\b(?:the|an?|any) (?:ai|llm|language model|assistant|investigator|analyst) (?:reading|processing|analy[sz]ing|must|should|shall|is (?:required|instructed|ordered))\b",
    "markup": r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_of_turn)\|?>?|\[/?inst\]|<</?sys>>|</?(?:instructions?|assistant|developer|untrusted|tool_results?|function_results?|system_prompt)(?:-[0-9a-f]{4,})?>|</(?:system|data)(?:-[0-9a-f]{4,})?>\s{0,4}[a-z]{2,}|<(?:system|data)(?:-[0-9a-f]{4,})?>\s{0,4}(?:you|ignore|do not|the verdict|new|report|from now)|<start_of_turn>|#{2,} ?(?:system|instructions?|new task|assistant|human|response)\b"
    r"|\"role\\?\": ?\\?\"(?:system|assistant|developer)|(?:^|\n|\\n|[.!?] )(?:system|assistant|human|developer) ?(?:prompt|message|note)?: ?(?:you|ignore|do not|don't|please|from|the root|new|there|i |call|report|conclude|answer|always|never|as an|disregard|respond|all)"
    r"|\b(?:end|begin|start)(?:ing)? of (?:the )?(?:(?:untrusted|quoted|log|user|incident|tool) )?(?:data|input|logs?|quotation|context|output)(?: block)?\b[^\n]{0,12}(?:[.:;\]>\-=]|\n)[^\n]{0,40}\b(?:you|instruct\w*|now|follow\w*|system|ignore|operator|report|call|task)\b",
    "telling": rf"{_LEAD}{_SAY}\b[^.\n]{{0,24}}\b(?:that )?(?:there (?:is|was|has been|were) no (?:incident|problem|outage|issue|failure|fault|anomal)|no incident\b|no_incident|(?:everything|all systems?|all services?) (?:is|are|was|were) (?:fine|healthy|normal|ok)|the verdict)"
    rf"|{_LEAD}(?:{_SAY}|blame|name|mark|rank|list|identify|label|accuse|put|set)\b[^.\n]{{0,60}}\b(?:as|is|was|caused|for) (?:the |your )?(?:(?:sole|only|first|true|real|actual|main|top) )?(?:root cause|cause|culprit|first suspect|top suspect|suspect|outage|incident|responsible|guilty|at fault)\b"
    rf"|(?:^|[.!?;:\n\"\'] {{0,3}}|\b(?:please|must|should|just|instead|now|always|and|then),? )blame (?:the )?[\w-]{{2,40}}|\b(?:do not|don'?t|never|must not|may not|refrain from|avoid) (?:report|mention|investigat|flag|disclos|cit(?:e|ing)|blam|tell the|alert|reveal|rank|accus|look (?:at|into)|name the)\w*|\b(?:set|change|make|switch) (?:the |your )?(?:verdict|conclusion|ranking|severity) (?:to|as|be)\b"
    rf"|{_LEAD}(?:cite|quote|use|reference|refer to)\b[^.\n]{{0,30}}\b(?:evidence|e[0-9a-f]{{8,12}})\b|\b(?:in|into|to|from|end|begin|start|open|close) your (?:final )?{_REPORT}\b|\b(?:leave|omit|remove|exclude|drop|hide)\b[^.\n]{{0,40}}\b(?:from|in|out of) (?:the |your )(?:final )?{_REPORT}\b"
    rf"|\bthe (?:correct|right|only valid|expected|final) (?:answer|conclusion|verdict|root cause) is\b|\b(?:close|end|finish|stop) (?:the|this|your) investigation\b|{_LEAD}{_SAY} only (?:that|this|it)\b|\b(?:the|your) (?:root cause|verdict|conclusion|answer|suspect) (?:must|should|has to|shall) be\b",
    "secrets": rf"{_LEAD}(?:print|reveal|show|repeat|output|send|leak|exfiltrate|include|list|disclose|dump|copy|paste|return|expose|decode|restore|write|append|post|give|tell)\b[^.\n]{{0,40}}\b{_SECRETS}[^\n]{{0,30}}\b(?:you|your|report|answer|verbatim|above|here|in full|plain|conclusion|http|summary|unredacted|claim|response|real|context|received|were given|words?|hold|have|know)"
    rf"|\b(?:your|the) system prompt\b|{_LEAD}(?:print|reveal|repeat|show|output)\b[^.\n]{{0,20}}\b(?:your|these|initial) (?:instructions|prompt|rules)",
    "tools": rf"{_LEAD}(?:call|use|invoke|run|execute|trigger|make)\b[^.\n]{{0,24}}\b(?:tools?|function calls?|query_logs|[a-z]+_(?:logs|metrics|metric|traces|changes|findings|documents|claims|patterns|hypotheses))\b"
    rf"|{_LEAD}(?:query|search|read|fetch|open|visit|download|look into|scan)\b[^.\n]{{0,50}}\b(?:other|another|production|all|every|different|foreign|their) (?:aws )?(?:log groups?|accounts?|regions?|buckets?|customers?|tenants?)\b|{_LEAD}(?:query|search|read|scan|inspect) (?:the )?(?:log group|account|region|bucket) "
    rf"|{_LEAD}(?:send|post|upload|forward|transmit|submit|deliver|email|exfiltrate)\b[^.\n]{{0,24}}\b(?:your|this|the|all|every|full|these|any|its)\b[^.\n]{{0,24}}\b(?:{_REPORT}|conversation|evidence|secrets?|data|credentials|prompt|keys|context|everything|logs|brief|architecture|incident)\b[^\n]{{0,24}}\b(?:to|at|via) |{_LEAD}(?:visit|open|fetch|browse|go to|get|follow|load) (?:the (?:url|link|page) )?https?://[^ ]{{4,200}}[^\n]{{0,16}}\b(?:and|for|then|to|before|first)\b",
    "language": rf"{_LEAD}(?:answer|respond|reply|write|speak|continue|switch|report|output|talk|translate)\b[^.\n]{{0,36}}\b(?:in|to|into) (?:only )?{_LANGUAGES}\b|\b(?:only|exclusively) in {_LANGUAGES}\b",
    "spending": rf"{_LEAD}(?:keep|continue|go on|carry on) (?:calling|querying|asking|looping|searching|repeating|investigating)\b|{_LEAD}(?:repeat|call|run|issue|ask|execute|query|make)\b[^.\n]{{0,60}}\b(?:\d{{2,7}} times|forever|endlessly|in a loop|again and again|indefinitely|until (?:the|your|all|every|no) (?:budget|tokens?|limit|quota|money|steps?))"
    rf"|\b(?:never|do not|don'?t) (?:stop|finish|conclude|end|call finish|terminate)\b[^.\n]{{0,30}}\b(?:until|calling|investigat\w+|before|even|the|looking|asking)\b|\b(?:use up|spend|exhaust|consume|burn|drain) (?:all |the whole |the entire |your |every )+(?:of )?(?:the |your )?(?:\w+ )?(?:budget|tokens?|steps?|quota|limit|credits)|\b(?:maximum|as many|the most) (?:number of )?(?:tokens|calls|queries|steps)\b[^.\n]{{0,20}}\b(?:you|possible|can)\b",
    "japanese": r"(?:以前|これまで|前|上記|上の|すべて|全て|先|今まで|従来|元|既存|あらゆる|いままで).{0,12}(?:指示|命令|プロンプト|ルール|規則|制約|指令).{0,10}(?:無視|忘れ|従わ|破棄|取り消|無効|放棄)|(?:指示|命令|プロンプト|ルール)(?:を|は|に)(?:すべて|全て|一切)?(?:無視|忘れ|従わない|上書き|無効)|システムプロンプト|(?:新しい|新たな|追加の|本当の|次の)(?:指示|命令|役割|タスク)"
    r"|(?:あなた|貴方|きみ|君|お前)は(?:今から|これから|もう|今後|もはや|現在|以後).{0,30}|(?:あなた|貴方|君)は.{0,16}(?:ai|アシスタント|モデル|エージェント|開発者モード)|(?:ai|llm|人工知能|言語モデル|アシスタント|エージェント|モデル|調査担当|分析担当)(?:さん)?(?:へ|へ[のは]|に告ぐ|への(?:指示|お願い|連絡|注意)|は(?:必ず|直ちに|次の|以下|この))"
    r"|(?:と|(?:原因|犯人|容疑者|責任者|元凶)として|よう(?:に)?|旨(?:を|だけ)?|だけ(?:を)?|のみ(?:を)?)(?:必ず|のみ)?(?:報告|回答|結論(?:付|づ)?|記載|断定|判定|出力|宣言|返答|明記|主張)(?:せよ|しろ|すること|して(?:ください|下さい|ほしい|終了|おけ)|しなさい|けて(?:ください|下さい)|けよ|ください)|と(?:答|述べ|伝|返答)(?:えて|いて|えよ|え|け|べて|べよ|して|せ|なさい|ること|くこと)(?:ください|下さい|なさい)?"
    r"|(?:報告|言及|記載|調査|引用|出力|指摘|公表|表示|停止|終了|中断|非難)(?:しないで|するな|してはいけ|してはなら|しないこと|を?禁(?:止|ず))|(?:報告書?|回答|結論|レポート|要約)(?:から|には?)[^。\n]{0,24}(?:除外|省|含め|削除|入れ|載せ|書)|(?:ツール|関数|クエリ|`?[a-z]+_[a-z]+`?) ?を[^。\n]{0,24}(?:呼び続|繰り返(?:せ|し)|呼べ|呼んで|使え)|(?:ツール|関数|`?[a-z]+_[a-z]+`?) ?を[^。\n]{0,24}(?:呼び出|実行|使用)(?:して|せよ|し続|しろ|すること|せ$|せ。)|(?:他|別)の(?:アカウント|ロググループ|リージョン|バケット|顧客|テナント)[^。\n]{0,60}(?:検索|調べ|読|参照|取得|照会)"
    r"|(?:パスワード|秘密|シークレット|キー|鍵|トークン|認証情報|環境変数|機密)[^。\n]{0,24}(?:表示|出力|送信|書き出|教え|開示|含め|記載|貼り)(?:して|て|せよ|しろ|ろ|よ|すこと|ること|しなさい|付け)|(?:結果|内容|報告|レポート|会話|プロンプト|すべて|全て|全部|データ|秘密|証拠|これ|情報|要約|構成)[^。\n]{0,80}(?:送信|転送|アップロード|投稿|post)(?:して(?:ください|下さい)|せよ|しろ|すること|しなさい)|(?:英語|日本語|フランス語|中国語|韓国語|ドイツ語|スペイン語|ロシア語)(?:だけ|のみ)?(?:で|に)(?:のみ|だけ)?(?:回答|答|書|報告|切り替|出力|返答)"
    r"|(?:障害|問題|異常|インシデント)(?:は|が)(?:ない|なかった|ありません|なし|発生してい)[^。\n]{0,12}(?:報告|結論|回答|答え|宣言|判定|書)|(?:原因|犯人|主因|責任)(?:は|が)[^。\n]{0,40}(?:と|だと|である(?:と|旨))(?:報告|結論|断定|答え|書|判定|述べ|回答|記載)|(?:予算|トークン|上限|ステップ)[^。\n]{0,16}(?:使い切|使い果た|消費し(?:尽|つく|き))|(?:根拠|証拠)として[^。\n]{0,30}(?:引用|示|挙げ|使)(?:せよ|して|し|げ|え|って)|データ(?:ブロック)?(?:は)?(?:ここまで|の終わり|終了)",
    "other": r"ignora\w* (?:todas? )?(?:las |le |tutte le )?(?:instrucciones|istruzioni|reglas)|ignore[zr]? (?:toutes )?(?:les |as )?(?:instructions|consignes|instruções) (?:pr[ée]c[ée]dentes|anteriores|ci-dessus|ant[ée]rieures)|oubli(?:e|ez) (?:toutes )?(?:les |vos |tes )?(?:instructions|consignes)|ignor(?:e|a) (?:todas )?as instru[çc]|(?:ignorier\w*|vergiss|missachte\w*) (?:bitte )?(?:alle )?(?:die |deine |vorherigen |bisherigen |obigen |fr[üu]heren ){0,3}(?:anweisungen|befehle|regeln)"
    r"|(?:忽略|无视|無視|忘记|不要理会).{0,8}(?:指令|指示|提示词?|说明|規則|规则)|(?:이전|위의|모든|앞의|기존).{0,8}(?:지시|명령|프롬프트|규칙).{0,8}(?:무시|잊)|(?:игнорируй|проигнорируй|забудь|не обращай)\w*.{0,30}(?:инструкци|указани|правил)|(?:报告|回答).{0,4}(?:没有|无)(?:故障|问题|事故)|(?:você|tu|usted) (?:agora )?(?:é|eres|es) (?:agora|ahora) |du bist (?:jetzt|nun) ",
}
"""By what they ask; for text in small letters, or matched whatever the case."""

_WHATEVER = "(?:me |us |out |back |all |any |every |the |a |an |your |these |this |its |full |aws |api |everything|whole |entire |each )"
COARSE = "|".join(
    (
        r"ignor|disregard|forget|overrid|overide|overrul|bypass|discard|instruction|jailbreak|developer mode|stop following|pretend|imagine",
        r"you are|from now on|act as |your (?:new|real|true|only|actual|next|final|report|answer|analysis|conclusion|system|investigation)",
        rf"\b(?:an?|the|any|all|to|for|dear|hey|hi|hello|attention|every|our|note|notice|message)[ ,:]+(?:automated |reading )?{_MODEL}\b",
        r"<\||\[/?inst\]|<</?sys|role\\?\" ?: ?\\?\"|\b(?:system|assistant|human|developer) ?(?:prompt|message|note)?: ?[a-z]|(?:end|begin|start)(?:ing)? of ",
        r"</?(?:instruction|assistant|developer|untrusted|tool_result|function_result|system|data)|## ?(?:system|instruction|new task|assistant|human|response)|start_of_turn",
        r"no incident|no_incident|no (?:problem|outage|issue|failure|fault|anomal)|(?:everything|systems?|services?) (?:is|are|was|were) |verdict|root cause|culprit|suspect|blame",
        r"as the |as your |responsible|guilty|at fault|do not |don'?t |never |must not |may not |refrain|avoid |evidence|investigation|system prompt|from the (?:final )?report",
        rf"\b(?:print|reveal|show|repeat|output|send|leak|exfiltrate|include|list|disclose|dump|copy|paste|return|expose|decode|restore|write|append|post|give|tell|upload|forward|transmit|submit|deliver|email|call|use|invoke|run|execute|trigger|make|query|search|read|fetch|open|scan|inspect|look into|download|cite|quote|reference|visit|browse|get|follow|load) (?:{_WHATEVER}|tool|query_|get_|log group|account|region|bucket|https?:)",
        rf"(?:in|to|into) (?:only )?{_LANGUAGES}\b|\b(?:keep|continue|go on|carry on) [a-z]+ing|\d times|forever|endlessly|in a loop|again and again|indefinitely|until (?:the|your|all|every|no) |budget|quota|as many|the most ",
        "指示|命令|プロンプト|ください|下さい|せよ|しろ|するな|しなさい|すること|しないこと|あなた|貴方|ツール|アシスタント|人工知能|言語モデル|(?:と|を)(?:報告|結論|答え|出力|書)",
        "ignora|ignore[zr]|oubli|vergiss|missachte|忽略|无视|無視|忘|不要理会|没有故障|지시|명령|프롬프트|инструкци|указани|правил|você|usted|du bist",
    )
)
"""What stands in every text that an expression matches, in a form that costs little to look for."""
_COARSE = re.compile(COARSE)
_COMPILED = {name: re.compile(expression) for name, expression in EXPRESSIONS.items()}
_UNSEEN = re.compile(
    "[\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0100-\U000e01ef]"
)
_TAGS = re.compile("(?<!\U0001f3f4)[\U000e0020-\U000e007e]{4,}")
_ESCAPED = re.compile(r"\\+u([0-9a-f]{4})|\\+[nrt]|%[0-9a-f]{2}", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_SPACED = re.compile(r"(?<!\S)(?:[a-z][ .\-_*]){5,200}[a-z](?!\S)")
_LOOKALIKES = str.maketrans("аеорсухіјѕԁɡοαεικνρτυ", "aeopcyxijsdgoaeiknptu")
_SHORTEST = 6
_CODED = 24
"""Characters from which one word may be an encoded text."""
_LONGEST = 20_000
"""Characters of one text that are looked at from its beginning, and as many from its end."""
_WORDS = (
    "ignore", "nstruct", "disregard", "assistant", "ncident", "root cause", "do not", "ou are", "report", "system", "verdict",
    " the ", " you ", " your ", "efore ", "IMPORTANT", "Fetch ", " token", "ください", "せよ", "無視", "報告", "指示",
)  # fmt: skip


def reads_like_instruction(text: str) -> bool:
    """Tell whether a text from the data reads like an instruction to a model, as it stands, escaped, hidden or in base64."""
    return instruction_in(text) is not None


def instruction_in(text: str) -> str | None:
    """Return what kind of instruction a text reads like, a name of EXPRESSIONS or `hidden`; null where it does not."""
    if len(text) < _SHORTEST or (len(text) < _CODED and text.isascii() and " " not in text and "<" not in text):
        return None  # a name, a number, a time
    if len(text) > 2 * _LONGEST:
        text = f"{text[:_LONGEST]}\n{text[-_LONGEST:]}"
    if _TAGS.search(text):
        return "hidden"
    for form in _forms(text):
        if not _COARSE.search(form):
            continue
        for name, expression in _COMPILED.items():
            if expression.search(form):
                return name
    return None


@cache
def coarse_expression() -> str:
    """Return an expression for RE2, whatever the case, that matches what `instruction_in` may find something in, hidden or not."""
    unseen = "[\\x{200b}-\\x{200f}\\x{2060}-\\x{2064}\\x{feff}\\x{ad}]"
    hidden = (
        f"\\pL{unseen}+\\pL",
        "[\\x{e0020}-\\x{e007e}]",
        "[\\x{ff41}-\\x{ff5a}\\x{ff21}-\\x{ff3a}]{3}",
        "[\\x{1d400}-\\x{1d7ff}]{3}",
        "[а-я][a-z]|[a-z][а-я]",
        r"\b[a-z][ .*_-][a-z][ .*_-][a-z][ .*_-][a-z][ .*_-][a-z][ .*_-]",
        r"%20[a-z]+%20|%e[3-9]%[89ab][0-9a-f]%[89ab][0-9a-f]%|[a-z]%e2%80%8b",
        r"\\u[0-9a-f]{4}\\+u[0-9a-f]{4}",
    )
    coarse = COARSE.replace(" ?", "\0").replace(" ", " +").replace("\0", " *")
    return "|".join((coarse, *hidden, *base64_parts()))


@cache
def base64_parts() -> tuple[str, ...]:
    """Return texts one of which stands in the base64 of most instructions: words as they look at each of three offsets."""
    parts = set()
    for word in _WORDS:
        raw = word.encode()
        for skip in range(3):
            encoded = base64.b64encode(b"\0" * skip + raw + b"\0" * (-(skip + len(raw)) % 3)).decode()
            first = (0, 2, 3)[skip]
            last = (skip + len(raw)) * 8 // 6
            if last - first >= 5:
                parts.add(encoded[first:last])
    return tuple(sorted(parts))


def _forms(text: str) -> Iterator[str]:
    """Yield a text as a model would take it: plain, with escapes undone, and what is in base64."""
    plain = _plain(text)
    yield plain
    if _ESCAPED.search(plain):
        yield _plain(unquote(_ESCAPED.sub(_unescaped, plain)))
    if _SPACED.search(text.lower()):
        apart = re.sub(r"(?<=\w) {2,}(?=\w)", "\n", text.lower())
        yield _SPACED.sub(lambda m: re.sub(r"[ .\-_*]", "", m[0]), apart).replace("\n", " ")
    for blob in _BASE64.findall(text):
        if decoded := _decoded(blob):
            yield _plain(decoded)


def _plain(text: str) -> str:
    if not text.isascii():
        text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).translate(_LOOKALIKES)
    return re.sub(r"[ \t\r\f\v]+", " ", text.lower().translate(_LOOKALIKES))


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return match[0] if match[0][0] == "%" else "\n"


def _decoded(blob: str) -> str:
    body = blob.rstrip("=").replace("-", "+").replace("_", "/")
    for cut in range(4):
        try:
            decoded = base64.b64decode(body[: len(body) - cut] + "=" * (-(len(body) - cut) % 4)).decode()
        except (binascii.Error, ValueError):
            continue
        return decoded if sum(c.isprintable() or c in "\n\t" for c in decoded) == len(decoded) else ""
    return ""
