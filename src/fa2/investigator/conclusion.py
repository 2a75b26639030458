"""What a model concludes, as it has to write it, and reading it however it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from fa2.core.errors import Fa2Error
from fa2.core.language_model import Answer, ToolDescription
from fa2.core.messages import Language, catalogue
from fa2.core.report import ModelSection
from fa2.investigator.written_json import read_object

CONCLUDE = "conclude"
"""The tool by which a model ends."""
_MOST = 60
"""Claims, hypotheses and suspects that are read of each; what is beyond is not."""


class Unreadable(Fa2Error):
    """An answer that holds no conclusion; the message is for the model."""


class _Part(BaseModel):
    """Unknown names are let pass: what a model adds does no harm, and what it leaves out is told."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _listed(value: object) -> object:
    """Return a list where a model wrote one thing, or none."""
    return [] if value is None else value if isinstance(value, list) else [value]


def _worded(value: object) -> object:
    return "" if value is None else str(value) if isinstance(value, int | float) else value


Words = Annotated[str, BeforeValidator(_worded)]
Ids = Annotated[list[Words], BeforeValidator(_listed), Field(default_factory=list)]


class WrittenClaim(_Part):
    """A claim as the model wrote it."""

    id: Words = ""
    section: ModelSection = "cause"
    text: Words
    evidence: Ids


class WrittenHypothesis(_Part):
    """A hypothesis as the model judged it."""

    id: Words = ""
    text: Words
    service: Words = ""
    mechanism: Words = ""
    status: Literal["confirmed", "rejected", "inconclusive"] = "inconclusive"
    speaking: Ids
    against: Ids
    settles: Words = ""


class WrittenSuspect(_Part):
    """A suspect on the model's list."""

    service: Words
    mechanism: Words = ""
    claims: Ids


class WrittenLabel(_Part):
    """A short label for a service on the diagram."""

    service: Words
    label: Words


class Conclusion(_Part):
    """All that a model concludes."""

    claims: Annotated[list[WrittenClaim], BeforeValidator(_listed), Field(default_factory=list)]
    hypotheses: Annotated[list[WrittenHypothesis], BeforeValidator(_listed), Field(default_factory=list)]
    ranking: Annotated[list[WrittenSuspect], BeforeValidator(_listed), Field(default_factory=list)]
    labels: Annotated[list[WrittenLabel], BeforeValidator(_listed), Field(default_factory=list)]


def read_conclusion(answer: Answer) -> Conclusion:
    """Return the conclusion in an answer: the arguments of `conclude`, or a JSON object in its text.

    Parts that cannot be read are left out as long as a claim can be. Raises Unreadable.
    """
    problem = ""
    for written in _written(answer):
        try:
            found = Conclusion.model_validate(_usable(written))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            continue
        if found.claims:
            return found
    raise Unreadable("investigator.unreadable", problem=problem or "–")


def _written(answer: Answer) -> Iterator[dict[str, Any]]:
    """Yield the objects that may be a conclusion."""
    for text in [*(call.arguments for call in answer.calls if call.name == CONCLUDE), answer.text]:
        start = text.find("{")
        if start < 0:
            continue
        try:
            found = read_object(text[start:], more=True)
        except ValueError:
            continue
        yield found["arguments"] if isinstance(found.get("arguments"), dict) else found


def _usable(written: dict[str, Any]) -> dict[str, Any]:
    """Return a conclusion without the parts of lists that cannot be read."""
    usable: dict[str, Any] = {}
    for name, of in _LISTS.items():
        parts = _listed(written.get(name))
        usable[name] = [part for part in parts if _fits(of, part)][:_MOST] if isinstance(parts, list) else []
    return usable


def _fits(of: type[_Part], part: object) -> bool:
    try:
        of.model_validate(part)
    except (ValidationError, RecursionError):
        return False
    return True


_LISTS: dict[str, type[_Part]] = {
    "claims": WrittenClaim,
    "hypotheses": WrittenHypothesis,
    "ranking": WrittenSuspect,
    "labels": WrittenLabel,
}


@cache
def conclude_tool(language: Language) -> ToolDescription:
    """Return the tool by which a model concludes."""
    texts = catalogue(language)
    words = {"type": "string"}
    ids = {"type": "array", "items": words}

    def told(schema: Mapping[str, object], key: str) -> dict[str, object]:
        return {**schema, "description": texts.text(f"investigator.conclude.{key}")}

    def listed(required: list[str], **properties: object) -> dict[str, object]:
        return {"type": "array", "items": {"type": "object", "properties": properties, "required": required}}

    claims = listed(
        ["id", "section", "text", "evidence"],
        id=told(words, "claim_id"),
        section={"type": "string", "enum": list(get_args(ModelSection))},
        text=told(words, "text"),
        evidence=told(ids, "evidence"),
    )
    hypotheses = listed(
        ["id", "text", "status", "speaking", "against"],
        id=words,
        text=words,
        service=words,
        mechanism=words,
        status={"type": "string", "enum": ["confirmed", "rejected", "inconclusive"]},
        speaking=told(ids, "speaking"),
        against=ids,
        settles=told(words, "settles"),
    )
    ranking = listed(["service", "claims"], service=words, mechanism=words, claims=ids)
    labels = listed(["service", "label"], service=words, label=words)
    return ToolDescription(
        CONCLUDE,
        texts.text("investigator.conclude.description"),
        {
            "type": "object",
            "properties": {
                "claims": told(claims, "claims"),
                "hypotheses": told(hypotheses, "hypotheses"),
                "ranking": told(ranking, "ranking"),
                "labels": told(labels, "labels"),
            },
            "required": ["claims", "hypotheses", "ranking"],
        },
    )
