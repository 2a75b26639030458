"""A Bedrock knowledge base: texts by how alike they are to a question, in pairs of letters."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from answers import given, page, without
from wire import AwsError, Params

KNOWLEDGE_BASE = "KB12345678"


@dataclass
class FakeKnowledgeBase:
    """Pieces of text by the S3 URI of their document."""

    documents: list[tuple[str, str]] = field(default_factory=list)
    ids: tuple[str, ...] = (KNOWLEDGE_BASE,)
    service = "bedrock-agent-runtime"

    def retrieve(self, params: Params) -> dict[str, object]:
        """Give the most alike first, as many as asked for, five by default."""
        if str(params["knowledgeBaseId"]).split("/")[-1] not in self.ids:
            raise AwsError(
                "ResourceNotFoundException", f"Knowledge base {params['knowledgeBaseId']} does not exist", 404
            )
        query: Any = params["retrievalQuery"]
        configuration: Any = params.get("retrievalConfiguration", {})
        size = int(configuration.get("vectorSearchConfiguration", {}).get("numberOfResults", 5))
        wanted = _pairs(query["text"])
        scored = sorted(
            ((_alike(wanted, _pairs(text)), uri, text) for uri, text in self.documents), key=lambda s: (-s[0], s[1])
        )
        kept = without(params, "nextToken")
        rows, token = page(scored, kept, size=size, token=params.get("nextToken"), bad="ValidationException")
        return given(retrievalResults=[_result(*row) for row in rows], nextToken=token)


def _result(score: float, uri: str, text: str) -> dict[str, object]:
    return {
        "content": {"type": "TEXT", "text": text},
        "location": {"type": "S3", "s3Location": {"uri": uri}},
        "score": score,
        "metadata": {"x-amz-bedrock-kb-source-uri": uri},
    }


def _pairs(text: str) -> Set[str]:
    folded = text.casefold()
    return {folded[n : n + 2] for n in range(len(folded) - 1)}


def _alike(one: Set[str], other: Set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)
