"""A Bedrock knowledge base as a source of documents: its passages that fit the words of an incident best.

One call, Retrieve, with as many results as are wanted. With a model that ranks anew, more candidates are fetched and
the best of them kept. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Retrieve.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.core.incident import Incident
from fa2.documents.asking import incident_texts
from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.knowledge_base.passages import passage
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import Place, SourceSettings
from fa2.sources.local.json_values import Json, at, items, number
from fa2.sources.local.row_batches import Row, batches

_ARN = r"arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:knowledge-base/[0-9A-Za-z]{10}"
_MODEL_ARN = r"arn:aws[a-z-]*:bedrock:[a-z0-9-]+::foundation-model/[A-Za-z0-9.:_-]+"
_LONGEST_TEXT = 1000
_CANDIDATES = 4
"""How many times the wanted number is fetched for a model that ranks anew."""
_MOST = 100
"""Results of one call, as Bedrock has it."""
_TRIED_WITH = "runbook"


class KnowledgeBaseSettings(SourceSettings):
    """The section [knowledge_base]."""

    id: Annotated[str, Field(pattern=rf"^([0-9A-Za-z]{{10}}|{_ARN})?$")] = ""
    region: Annotated[str, Field(pattern=r"^([a-z]{2}(-[a-z]+)+-\d)?$")] = ""
    max_results: Annotated[int, Field(ge=1, le=_MOST)] = 5
    search_type: Literal["", "hybrid", "semantic"] = ""
    rerank_model: Annotated[str, Field(pattern=rf"^([a-z0-9]+\.[A-Za-z0-9.:_-]+|{_MODEL_ARN})?$")] = ""

    @property
    def place(self) -> Place:
        """Where the knowledge base is, as far as its ARN or the setting tells."""
        parts = self.id.split(":")
        return Place(parts[4], parts[3]) if len(parts) > 4 else Place(region=self.region)


Asks = Ask[KnowledgeBaseSettings]


class KnowledgeBase:
    """Retrieves passages from a knowledge base."""

    name = "knowledge_base"
    title = "Bedrock knowledge base"
    service = "bedrock-agent-runtime"
    tables: tuple[str, ...] = ("documents",)
    settings = KnowledgeBaseSettings

    def permissions(self, settings: KnowledgeBaseSettings, /) -> Sequence[Permission]:
        """Return Retrieve on the knowledge base, and what ranking anew needs; nothing where none is named."""
        if not settings.id:
            return ()
        region = settings.place.region or "{region}"
        named = f"arn:{{partition}}:bedrock:{region}:{{account}}:knowledge-base/{settings.id}"
        own = Permission("bedrock:Retrieve", (settings.id if ":" in settings.id else named,))
        if not settings.rerank_model:
            return (own,)
        model = _model_arn(settings, partition="{partition}", region=region)
        return (
            own,
            Permission("bedrock:Rerank", implied=True),
            Permission("bedrock:InvokeModel", (model,), implied=True),
        )

    def plan(self, ask: Asks, /) -> Sequence[Estimate]:
        """Return one call; Bedrock charges for ranking anew only. Asks nothing."""
        settings = ask.settings
        if not settings.id:
            return ()
        usd = ask.prices.rerank_1000 / 1000 if settings.rerank_model else 0.0
        return (Estimate(ask.name, settings.id, usd=usd, calls=1),)

    def examine(self, ask: Asks, /) -> None:
        """Retrieve one passage."""
        if not ask.settings.id:
            return _unconfigured(ask)
        with ask.look() as look:
            found = _retrieved(ask, look, _TRIED_WITH, at_most=1)
            if found:
                look.note("note_kb_answers")
            else:
                look.partial("kb_empty", id=ask.settings.id)
        return None

    def collect(self, ask: Asks, planned: Sequence[Estimate], /) -> None:
        """Retrieve the passages that fit what is known of the incident."""
        if not ask.settings.id:
            return _unconfigured(ask)
        with ask.look(table="documents") as look:
            text = words_of(ask.incident)
            usd = sum(estimate.usd or 0.0 for estimate in planned)
            if not text:
                look.skip("kb_no_words")
            elif not ask.budget.take(usd=usd):
                look.skip("aws_over_budget", usd=usd, left=ask.budget.usd_left)
            else:
                _collect(ask, look, text)
        return None


source = KnowledgeBase()


def words_of(incident: Incident) -> str:
    """Return what is asked: the question as it stands, then what the alarm and the scope name; 1,000 letters at most."""
    said = dict.fromkeys(" ".join(text.split()) for text, _ in incident_texts(incident))
    return " ".join(text for text in said if text)[:_LONGEST_TEXT]


def _unconfigured(ask: Asks) -> None:
    with ask.look(table="documents") as look:
        look.skip("aws_not_configured", key="knowledge_base.id")


def _collect(ask: Asks, look: Look, text: str) -> None:
    found = _retrieved(ask, look, text, at_most=ask.settings.max_results)
    rows: list[Row] = []
    for result in found:
        row = passage(result)
        if row is None:
            look.gaps.add("kb_without_text", 1, str(at(result, "content", "type") or ""))
        else:
            rows.append(row)
    for batch in batches("documents", rows):
        look.add(batch)
    scores = [score for score in (number(at(result, "score")) for result in found) if score is not None]
    if scores:
        look.note("note_kb_scores", n=len(scores), best=round(max(scores), 3), least=round(min(scores), 3))


def _retrieved(ask: Asks, look: Look, text: str, *, at_most: int) -> list[Json]:
    """Return the results of a text, best first, `at_most` at most; pages are followed until there are so many."""
    settings = ask.settings
    search = _search(ask, at_most)
    look.asks(f"Retrieve knowledgeBaseId={settings.id} text={text!r} {_told(search)}")
    asked: dict[str, Any] = {"knowledgeBaseId": settings.id, "retrievalQuery": {"text": text}}
    asked["retrievalConfiguration"] = {"vectorSearchConfiguration": search}
    found: list[Json] = []
    for answer in pages(ask.client(), "retrieve", at_most=_MOST, holding="retrievalResults", **asked):
        found += items(at(answer, "retrievalResults"))
        if len(found) >= at_most:
            break
    return found[:at_most]


def _search(ask: Asks, at_most: int) -> dict[str, Any]:
    settings = ask.settings
    search: dict[str, Any] = {"numberOfResults": at_most}
    if settings.search_type:
        search["overrideSearchType"] = settings.search_type.upper()
    if settings.rerank_model:
        ground = ask.account.ground
        model = _model_arn(settings, partition=ground.partition, region=ground.region)
        search["numberOfResults"] = min(_MOST, _CANDIDATES * at_most)
        search["rerankingConfiguration"] = {
            "type": "BEDROCK_RERANKING_MODEL",
            "bedrockRerankingConfiguration": {
                "modelConfiguration": {"modelArn": model},
                "numberOfRerankedResults": at_most,
            },
        }
    return search


def _told(search: dict[str, Any]) -> str:
    ranked = search.get("rerankingConfiguration", {}).get("bedrockRerankingConfiguration", {})
    told = {name: value for name, value in search.items() if name != "rerankingConfiguration"}
    if ranked:
        told |= {"rerankedBy": ranked["modelConfiguration"]["modelArn"], "kept": ranked["numberOfRerankedResults"]}
    return " ".join(f"{name}={value}" for name, value in told.items())


def _model_arn(settings: KnowledgeBaseSettings, *, partition: str, region: str) -> str:
    model = settings.rerank_model
    return model if model.startswith("arn:") else f"arn:{partition}:bedrock:{region}::foundation-model/{model}"
