"""Expressions and text templates of a mapping: compiled once, checked against the files' columns, then evaluated.

A shape stands for a value whose names are known: a dict of names, a list with the shape of its elements, or None
where nothing is known. It lets a misspelt column be an error of the mapping instead of a silent nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, ParseError
from jmespath.visitor import Options, TreeInterpreter

from apps.translation.mapping_functions import CellError, MappingFunctions

Shape = dict[str, Any] | list[Any] | None
_PLACE = re.compile(r"\{([^{}]*)\}")
_FUNCTIONS: dict[str, Any] = MappingFunctions.FUNCTION_TABLE


class ExpressionError(ValueError):
    """An expression that cannot be read, or names what is not there; the message is for a person."""


class Evaluator:
    """Evaluates expressions of one mapping; raises CellError with the expression that failed."""

    def __init__(self, own_functions: MappingFunctions) -> None:
        self._interpreter = TreeInterpreter(Options(custom_functions=own_functions))

    def value(self, expression: "Expression", record: dict[str, Any]) -> Any:
        try:
            return self._interpreter.visit(expression.tree, record)
        except JMESPathError as error:
            raise CellError(f"`{expression.text}`: {str(error).splitlines()[0]}") from error

    def holds(self, expression: "Expression", record: dict[str, Any]) -> bool:
        """JMESPath's truth: nothing, false and everything empty do not hold."""
        value = self.value(expression, record)
        return not (value is None or value is False or value in ("", [], {}))

    def filled(self, template: "Template", record: dict[str, Any]) -> str:
        parts = []
        for part in template.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            value = self.value(part, record)
            if value is None or value == "":
                raise CellError(f"there is nothing for `{{{part.text}}}` in {template.text!r}")
            parts.append(str(value))
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Expression:
    text: str
    tree: Any

    @classmethod
    def read(cls, text: str, shape: Shape) -> "Expression":
        """Compiles and checks. Raises ExpressionError."""
        try:
            tree = jmespath.compile(text).parsed
        except ParseError as error:
            place = getattr(error, "lex_position", 0)
            raise ExpressionError(
                f"expected a JMESPath expression, came {text!r} (unreadable at character {place + 1})"
            ) from error
        except JMESPathError as error:
            raise ExpressionError(f"expected a JMESPath expression, came {text!r}: {error}") from error
        shape_of(tree, shape)
        return cls(text, tree)

    def shape(self, shape: Shape) -> Shape:
        return shape_of(self.tree, shape)


@dataclass(frozen=True, slots=True)
class Template:
    """Text with `{expression}` in it."""

    text: str
    parts: tuple[str | Expression, ...]

    @classmethod
    def read(cls, text: str, shape: Shape) -> "Template":
        pieces = _PLACE.split(text)
        if any("{" in piece or "}" in piece for piece in pieces):
            raise ExpressionError(f"expected text with {{expression}} in it, came {text!r}: a brace is not paired")
        parts = (Expression.read(piece, shape) if index % 2 else piece for index, piece in enumerate(pieces))
        return cls(text, tuple(part for part in parts if part != ""))


def shape_of(tree: Any, shape: Shape) -> Shape:
    """The shape of an expression's value on a value of `shape`. Raises ExpressionError for a name that is not there."""
    kind, children = tree["type"], tree.get("children", [])
    if kind in _CHAINS:
        for child in children:
            shape = shape_of(child, shape)
        return shape
    if kind in _SHAPES:
        return _SHAPES[kind](tree, shape)
    if kind != "expref":  # what an expref is evaluated on is its function's business
        for child in children:
            shape_of(child, shape)
    return None


def _field_of(tree: Any, shape: Shape) -> Shape:
    return _named(tree["value"], shape)


def _named(name: str, shape: Shape) -> Shape:
    if isinstance(shape, dict):
        if name not in shape:
            raise ExpressionError(f"there is no `{name}` here; expected one of {', '.join(shape)}")
        found: Shape = shape[name]
        return found
    if isinstance(shape, list):
        raise ExpressionError(f"`{name}` is asked of a list: say `[].{name}` for that of each element")
    return None


def _projection(tree: Any, shape: Shape) -> Shape:
    base, projected, *condition = tree["children"]
    elements = shape_of(base, shape)
    element = elements[0] if isinstance(elements, list) and tree["type"] != "value_projection" else None
    for child in condition:
        shape_of(child, element)
    return [shape_of(projected, element)]


def _element(_: Any, shape: Shape) -> Shape:
    return shape[0] if isinstance(shape, list) else None


def _same(_: Any, shape: Shape) -> Shape:
    return shape


def _record(tree: Any, shape: Shape) -> Shape:
    return {pair["value"]: shape_of(pair["children"][0], shape) for pair in tree["children"]}


def _function(tree: Any, shape: Shape) -> Shape:
    name, children = tree["value"], tree["children"]
    known = _FUNCTIONS.get(name)
    if known is None:
        raise ExpressionError(f"there is no function `{name}()`; expected one of {', '.join(sorted(_FUNCTIONS))}")
    signature = known["signature"]
    is_variadic = bool(signature and signature[-1].get("variadic"))
    if len(children) < len(signature) or (len(children) > len(signature) and not is_variadic):
        raise ExpressionError(f"`{name}()` takes {len(signature)} argument{'s' * (len(signature) != 1)}, came {len(children)}")
    shapes = [shape_of(child, shape) for child in children]
    if name == "group" and isinstance(shapes[0], list):
        if children[1]["type"] == "literal":
            _named(str(children[1]["value"]), shapes[0][0])
        return [{"key": None, "rows": shapes[0]}]
    return None


_CHAINS = frozenset({"subexpression", "pipe", "index_expression", "flatten"})
_SHAPES: dict[str, Callable[[Any, Shape], Shape]] = {
    "field": _field_of,
    "projection": _projection,
    "value_projection": _projection,
    "filter_projection": _projection,
    "index": _element,
    "current": _same,
    "identity": _same,
    "slice": _same,
    "multi_select_dict": _record,
    "function_expression": _function,
}
