"""The `events` part of a mapping: each rule checked against the fact that it tells and the columns that it names."""

import msgspec
import yaml

from apps.contracts.facts import FACTS, Fact
from apps.translation.mapping_expressions import Expression, ExpressionError, Shape, Template
from apps.translation.mapping_rules import EventRule
from apps.translation.mapping_yaml import YamlReader, came

_KNOWN = (
    *("type", "when", "for_each", "otherwise", "id", "source", "time", "subject", "data"),
    *("sequence", "recordedtime", "correlationid", "causationid"),
)
_EXTENSIONS = ("sequence", "recordedtime", "correlationid", "causationid")
_CONSTANTS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"}


class EventReader:
    """Reads event rules; `source` is the mapping's own and `shape` is what a record holds."""

    def __init__(self, yaml_reader: YamlReader, source: yaml.Node, shape: dict[str, Shape]) -> None:
        self._yaml = yaml_reader
        self._source = source
        self._shape = shape

    def rules(self, node: yaml.Node) -> tuple[EventRule, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self._yaml.wrong(node, f"`events`: expected a list of events, came {came(node)}")
        return tuple(self._rule(item) for item in node.value)

    def _rule(self, node: yaml.Node) -> EventRule:
        found = self._yaml.fields(node, "an event", _KNOWN, ("type", "data"))
        name = self._name(found["type"])
        where = f"`{name}`"
        when = self._expression(found.get("when"), f"{where}, `when`", self._shape)
        for_each = self._expression(found.get("for_each"), f"{where}, `for_each`", self._shape)
        shape = self._shape
        if for_each is not None:
            elements = for_each.shape(self._shape)
            shape = {**self._shape, "each": elements[0] if isinstance(elements, list) else None}
        extensions = {key: self._required(found[key], f"{where}, `{key}`", shape) for key in _EXTENSIONS if key in found}
        return EventRule(
            type=f"distsync.{name}.v1",
            line=node.start_mark.line + 1,
            source=self._template(found.get("source", self._source), f"{where}, `source`", shape),
            data=self._data(found["data"], FACTS[name], where, shape),
            required=_required_fields(FACTS[name]),
            time=self._expression(found.get("time"), f"{where}, `time`", shape),
            when=when,
            for_each=for_each,
            otherwise=self._yaml.text(found["otherwise"], f"{where}, `otherwise`") if "otherwise" in found else None,
            id=self._template(found["id"], f"{where}, `id`", shape) if "id" in found else None,
            subject=self._template(found["subject"], f"{where}, `subject`", shape) if "subject" in found else None,
            extensions=extensions,
        )

    def _name(self, node: yaml.Node) -> str:
        written = self._yaml.text(node, "`type`")
        name = written.removeprefix("distsync.").removesuffix(".v1")
        if name not in FACTS:
            raise self._yaml.wrong(node, f"`type`: {written!r} is no event of ours; expected one of {', '.join(FACTS)}")
        return name

    def _data(self, node: yaml.Node, fact: type[Fact], where: str, shape: dict[str, Shape]) -> dict[str, object]:
        fields = {field.encode_name: field for field in msgspec.structs.fields(fact)}
        values = self._yaml.fields(node, f"{where}, `data`", fields, _required_fields(fact))
        return {name: self._value(value, f"{where}, `data.{name}`", shape) for name, value in values.items()}

    def _value(self, node: yaml.Node, where: str, shape: dict[str, Shape]) -> object:
        if isinstance(node, yaml.MappingNode):
            inner = self._yaml.fields(node, where, None)
            return {name: self._value(value, f"{where[:-1]}.{name}`", shape) for name, value in inner.items()}
        if isinstance(node, yaml.ScalarNode) and node.tag in _CONSTANTS:
            return yaml.safe_load(node.value)
        return self._required(node, where, shape)

    def _required(self, node: yaml.Node, where: str, shape: dict[str, Shape]) -> Expression:
        text = self._yaml.text(node, where)
        try:
            return Expression.read(text, shape)
        except ExpressionError as error:
            raise self._yaml.wrong(node, f"{where}: {error}") from error

    def _expression(self, node: yaml.Node | None, where: str, shape: dict[str, Shape]) -> Expression | None:
        return None if node is None else self._required(node, where, shape)

    def _template(self, node: yaml.Node, where: str, shape: dict[str, Shape]) -> Template:
        text = self._yaml.text(node, where)
        try:
            return Template.read(text, shape)
        except ExpressionError as error:
            raise self._yaml.wrong(node, f"{where}: {error}") from error


def _required_fields(fact: type[Fact]) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(fact) if field.required)
