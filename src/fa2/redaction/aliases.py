"""Aliases: each value that must not leave gets one name for the whole investigation, and can be had back from it.

An alias reads <KIND-NUMBER>, such as <email-2>. A further spelling of the same value has a second number, <email-2.1>, and
some tell what helps, <arn-3:dynamodb:table>. Text of that form in the data becomes an alias itself, so nobody can forge one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from fa2.core.language_model import Answer, Message, Question, ToolCall, ToolDescription
from fa2.redaction.recognising import Place, merged, places
from fa2.redaction.sightings import KINDS, Kind

ALIAS = re.compile(rf"<({'|'.join(KINDS)})-([0-9]{{1,9}})(?:\.([0-9]{{1,9}}))?(?::[^<>\s]{{0,160}})?>", re.IGNORECASE)
"""An alias; only kind and numbers count, for models drop the rest."""
LONGEST_ALIAS = 200
"""Characters."""
_LABEL = re.compile(r"[^A-Za-z0-9:._-]")
_ARN_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):")
_Id = tuple[str, int, int]


@dataclass(frozen=True)
class Hidden:
    """A value that was hidden, for a person to check."""

    alias: str
    kind: Kind
    shown: str
    """The value shortened: enough to know it again, too little to use it."""
    times: int
    """How often it stood in what was hidden."""


class Aliases:
    """The aliases of one investigation. Not for several threads at once.

    accounts: AWS account ids that are hidden wherever they stand. people: names, as of those who changed something, hidden
    as words of their own. names: services and resources that are shown anyway; they stay, and stand in the aliases of their ARNs.
    keep: kinds that are not hidden. A value that only the words around it gave away is hidden from then on wherever it stands.
    """

    def __init__(
        self,
        *,
        accounts: Collection[str] = (),
        people: Collection[str] = (),
        names: Collection[str] = (),
        keep: Collection[Kind] = (),
    ) -> None:
        self._keep = frozenset(keep) - {"text"}
        self._names = frozenset(names)
        self._numbers: Counter[str] = Counter()
        self._of_key: dict[tuple[str, str], int] = {}
        self._spellings: Counter[tuple[str, int]] = Counter()
        self._of_text: dict[str, tuple[str, Kind]] = {}
        self._values: dict[_Id, str] = {}
        self._times: Counter[str] = Counter()
        self._done: dict[str, str] = {}
        self._found: dict[str, list[Place]] = {}
        self._known: dict[str, tuple[Kind, str]] = {}
        self._written: dict[str, str] = {}
        for kind, values in (("account", accounts), ("user", people)):
            for value in values:
                if value and value not in self._names and kind not in self._keep:
                    self._known[value] = (kind, value)  # type: ignore[assignment]  # literals of the tuple above

    def hide(self, text: str) -> str:
        """Return a text with aliases in place of what must not leave; the same text gives the same again."""
        if text not in self._done:
            self._done[text] = self._hidden(text)
        return self._done[text]

    def restore(self, text: str) -> str:
        """Return a text with the values in place of their aliases; what is no alias of ours stays. Undoes `hide` exactly."""
        return ALIAS.sub(lambda match: self._value(match), text)

    def hidden(self, question: Question) -> Question:
        """Return a question of which nothing has to be hidden any more.

        All of it is looked through before any of it is changed, so that what one text gives away is hidden in the others.
        """
        for text in _texts(question):
            if text not in self._done:
                self._learn(text)
        return replace(
            question,
            instructions=self.hide(question.instructions),
            messages=tuple(self._hidden_message(m) for m in question.messages),
            tools=tuple(self._hidden_tool(t) for t in question.tools),
        )

    def restored(self, answer: Answer) -> Answer:
        """Return an answer with values in place of aliases. Sent back, it becomes again what the model wrote."""
        return replace(
            answer,
            text=self._remembered(answer.text, self.restore(answer.text)),
            calls=tuple(replace(c, arguments=self._restored_arguments(c.arguments)) for c in answer.calls),
        )

    def counts(self) -> dict[str, int]:
        """Return how many different values were hidden, by kind."""
        return {kind: self._numbers[kind] for kind in KINDS if kind != "text" and self._numbers[kind]}

    def listing(self) -> list[Hidden]:
        """Return all that was hidden, by kind and number."""
        listed = [
            Hidden(alias, kind, _masked(value, kind), self._times[alias])
            for value, (alias, kind) in self._of_text.items()
            if kind != "text"
        ]
        return sorted(listed, key=lambda h: (KINDS.index(h.kind), _numbers_of(h.alias)))

    def _hidden(self, text: str) -> str:
        found = self._found.pop(text, None)
        if found is None:
            self._learn(text)
            found = self._found.pop(text)
        pieces, last = [], 0
        for place in merged([*found, *self._again(text)]):
            pieces += [text[last : place.start], self._alias(place, text[place.start : place.end])]
            last = place.end
        return "".join([*pieces, text[last:]])

    def _learn(self, text: str) -> None:
        if text in self._found:
            return
        found = [
            *_lookalikes(text),
            *(p for p in places(text, keep=self._keep) if text[p.start : p.end] not in self._names),
        ]
        self._found[text] = found
        for place in found:
            if place.kind == "arn" and (account := _ARN_ACCOUNT.match(place.key)):
                self._known.setdefault(account[1], ("account", account[1]))
            if place.by_context:
                for spelling in {text[place.start : place.end], place.key}:
                    if _is_telling(spelling) and spelling not in self._names:
                        self._known.setdefault(spelling, (place.kind, place.key))

    def _again(self, text: str) -> Iterator[Place]:
        """Yield where values stand that are known from elsewhere."""
        for value, (kind, key) in self._known.items():
            start = text.find(value)
            while start >= 0:
                if _is_whole(text, start, value, kind):
                    yield Place(start, start + len(value), kind, key)
                start = text.find(value, start + len(value))

    def _alias(self, place: Place, value: str) -> str:
        if value not in self._of_text:
            key = (place.kind, place.key or value)
            if key not in self._of_key:
                self._numbers[place.kind] += 1
                self._of_key[key] = self._numbers[place.kind]
            number = self._of_key[key]
            spelling = self._spellings[place.kind, number]
            self._spellings[place.kind, number] += 1
            variant = f".{spelling}" if spelling else ""
            alias = f"<{place.kind}-{number}{variant}{self._label(place, value)}>"
            self._of_text[value] = alias, place.kind
            self._values[place.kind, number, spelling] = value
        alias, _ = self._of_text[value]
        self._times[alias] += 1
        return alias

    def _label(self, place: Place, value: str) -> str:
        last = re.split("[:/]", value)[-1]
        named = [place.label, last] if place.kind == "arn" and last in self._names else [place.label]
        label = _LABEL.sub("", ":".join(filter(None, named)))[:100]
        return f":{label}" if label else ""

    def _value(self, match: re.Match[str]) -> str:
        kind, number, spelling = match[1].lower(), int(match[2]), int(match[3] or 0)
        return self._values.get((kind, number, spelling), match[0])

    def _hidden_message(self, message: Message) -> Message:
        return replace(
            message,
            text=self._written.get(message.text) or self.hide(message.text),
            calls=tuple(replace(c, arguments=self._hidden_arguments(c)) for c in message.calls),
            results=tuple(replace(r, text=self.hide(r.text)) for r in message.results),
        )

    def _hidden_tool(self, tool: ToolDescription) -> ToolDescription:
        arguments = {name: _mapped(value, self.hide) for name, value in tool.arguments.items()}
        return replace(tool, description=self.hide(tool.description), arguments=arguments)

    def _hidden_arguments(self, call: ToolCall) -> str:
        if call.arguments in self._written:
            return self._written[call.arguments]
        try:
            read = json.loads(call.arguments)
        except (ValueError, RecursionError):
            return self.hide(call.arguments)
        hidden = _mapped(read, self.hide)
        return call.arguments if hidden == read else json.dumps(hidden, ensure_ascii=False)

    def _restored_arguments(self, arguments: str) -> str:
        """Return arguments with values in place of aliases, JSON as before; broken JSON is restored with escapes."""
        try:
            read = json.loads(arguments)
        except (ValueError, RecursionError):
            restored = ALIAS.sub(lambda m: json.dumps(self._used(m), ensure_ascii=False)[1:-1], arguments)
        else:
            plain = _mapped(read, lambda text: ALIAS.sub(self._used, text))
            restored = arguments if plain == read else json.dumps(plain, ensure_ascii=False)
        return self._remembered(arguments, restored)

    def _used(self, match: re.Match[str]) -> str:
        """Return a value that a tool is going to see, and hide it from now on wherever it stands: results repeat it."""
        value = self._value(match)
        if value != match[0] and len(value) >= 3 and match[1].lower() != "text":
            kind = self._of_text[value][1]
            self._known.setdefault(
                value, (kind, next((k for (n, k), i in self._of_key.items() if (n, i) == (kind, int(match[2]))), value))
            )
        return value

    def _remembered(self, written: str, restored: str) -> str:
        if restored != written:
            self._written[restored] = written
        return restored


def _texts(question: Question) -> Iterator[str]:
    yield question.instructions
    for message in question.messages:
        yield message.text
        yield from (result.text for result in message.results)
        yield from (call.arguments for call in message.calls)


def _mapped(value: object, change: Callable[[str], str]) -> object:
    """Return JSON with all its texts changed, keys and values."""
    match value:
        case str():
            return change(value)
        case list() | tuple():
            return [_mapped(item, change) for item in value]
        case dict():
            return {
                change(name) if isinstance(name, str) else name: _mapped(item, change) for name, item in value.items()
            }
        case _:
            return value


def _lookalikes(text: str) -> Iterator[Place]:
    return (Place(*match.span(), "text", match[0]) for match in ALIAS.finditer(text))


def _is_telling(value: str) -> bool:
    """Tell whether a value is odd enough to be hidden wherever it stands: a word such as `admin` means other things too."""
    digits = sum(c.isdigit() for c in value)
    return len(value) >= 7 if digits == len(value) else len(value) >= 12 or (len(value) >= 6 and digits > 0)


def _is_whole(text: str, start: int, value: str, kind: Kind) -> bool:
    """Tell whether a known value stands for itself: digits and names not within others."""
    if not (value.isdigit() or kind == "user" or len(value) < 8):
        return True
    end = start + len(value)
    around = (text[start - 1] if start else " ") + (text[end] if end < len(text) else " ")
    return not any(c.isascii() and (c.isdigit() if value.isdigit() else c.isalnum() or c == "_") for c in around)


def _numbers_of(alias: str) -> tuple[int, int]:
    match = ALIAS.fullmatch(alias)
    return (int(match[2]), int(match[3] or 0)) if match else (0, 0)


def _masked(value: str, kind: Kind) -> str:
    """Return a value shortened: the ends of what a person can tell apart by them, the length of what is a secret."""
    plain = " ".join(value.split())
    if kind == "email" and "@" in plain:
        return plain[0] + "…@" + plain.rpartition("@")[2]
    if kind == "arn":
        return ":".join(plain.split(":")[:3]) + ":…" + plain[-4:]
    if kind in ("account", "card", "phone", "aws-key", "ip", "address"):
        return "…" + plain[-(4 if len(plain) >= 10 else 2) :]
    return f"{plain[0]}… ({len(value)})"
