"""Writes fa2.toml: every section and key with a comment, and its default commented out."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic import BaseModel

from fa2.config.sections import sections
from fa2.core.messages import Catalogue


def template(texts: Catalogue) -> str:
    """Return the text of an fa2.toml in which nothing is set, commented in a language."""
    parts = [_comment(texts.template("config.header"))]
    parts += ["\n".join(_section(name, model, texts)) for name, model in sections().items()]
    return "\n\n".join(parts) + "\n"


def _section(name: str, model: type[BaseModel], texts: Catalogue) -> Iterator[str]:
    yield _comment(texts.template(f"config.{name}.help"))
    yield f"[{name}]"
    for key, default in model().model_dump(mode="json").items():
        yield _comment(comment_of(name, key, texts))
        yield f"# {key} = {toml_value(default)}".rstrip()


def comment_of(section: str, key: str, texts: Catalogue) -> str:
    """Return what a key means; `enabled` means the same in every section of a source."""
    own = f"config.{section}.{key}"
    return texts.template(own if texts.has(own) else f"config.{key}")


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in text.splitlines())


def toml_value(value: object) -> str:
    """Return a value as TOML writes it."""
    match value:
        case None:
            return ""  # TOML has no word for it: the key is left out
        case bool():
            return "true" if value else "false"
        case dict():
            return "{ " + ", ".join(f"{json.dumps(str(k))} = {toml_value(v)}" for k, v in value.items()) + " }"
        case list():
            return "[" + ", ".join(toml_value(v) for v in value) + "]"
        case int() | float():
            return str(value)
        case _:
            return json.dumps(str(value), ensure_ascii=False)
