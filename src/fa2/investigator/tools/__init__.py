"""The tools of the model, one file a tool, and how they are described to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fa2.core.language_model import ToolDescription
from fa2.core.messages import Catalogue, Language, catalogue
from fa2.investigator.desk import Tool

_KEPT = ("type", "enum", "minimum", "maximum", "items")


def described(tool: Tool, language: Language, *, without: Collection[str] = ()) -> ToolDescription:
    """Return a tool as a model is shown it.

    An argument is described by the message tools.NAME.ARGUMENT, or tools.argument.ARGUMENT where several tools
    have it. Raises KeyError when there is neither.
    without: arguments that are not told of, such as those for what is not at hand; they have to be optional.
    """
    texts = catalogue(language)
    schema = tool.arguments.model_json_schema()
    properties = {
        name: {**_shape(shape), "description": _described(texts, tool.name, name)}
        for name, shape in schema.get("properties", {}).items()
        if name not in without
    }
    arguments: dict[str, object] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required := schema.get("required"):
        arguments["required"] = required
    return ToolDescription(tool.name, texts.text(f"tools.{tool.name}.description"), arguments)


def _described(texts: Catalogue, tool: str, argument: str) -> str:
    own = f"tools.{tool}.{argument}"
    return texts.text(own if texts.has(own) else f"tools.argument.{argument}")


def _shape(shape: Mapping[str, Any]) -> dict[str, object]:
    """Return the parts of a schema that every provider knows; what may be null is what may be left out."""
    chosen = next((one for one in shape.get("anyOf", ()) if one.get("type") != "null"), shape)
    kept = {key: chosen[key] for key in _KEPT if key in chosen}
    return {**kept, "default": shape["default"]} if shape.get("default") is not None else kept
