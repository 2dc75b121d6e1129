"""One contract: what a message type tells, who sends it, which of its identifiers the sender has issued."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.contracts.facts import FACTS, Fact

Example = Mapping[str, Any]
FactType = type[Fact]
ROOT = "urn:halden-medical:"  # the distributor of our examples
OMS, ERP, MIDDLEWARE = ROOT + "oms", ROOT + "erp", ROOT + "middleware"
PEACHTREE, NORTHCOLD, CARRIER = "urn:peachtree-3pl:wms", "urn:northcold:wms", "urn:parcel-carrier:tracking"


@dataclass(frozen=True, slots=True)
class Contract:
    """A version of a message type. `owned` are the schemes whose identifiers the sender has issued for certain,
    `mixed` those that it has issued only where it has issued them elsewhere too. `descriptions` are of the fields
    that mean something special here; `examples` are whole CloudEvents."""

    name: str
    title: str
    description: str
    senders: tuple[str, ...]
    examples: tuple[Example, ...]
    owned: frozenset[str] = frozenset()
    mixed: frozenset[str] = frozenset()
    descriptions: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    @property
    def fact(self) -> FactType:
        return FACTS[self.name]

    @property
    def type(self) -> str:
        """The CloudEvents `type`."""
        return f"distsync.{self.name}.v{self.version}"


def event(name: str, source: str, number: int, time: str, data: Mapping[str, Any], **attributes: str) -> Example:
    """A whole CloudEvent of type `name`, as its sender would post it."""
    return {
        "specversion": "1.0",
        "id": f"{name.replace('.', '-')}-{number}",
        "source": source,
        "type": f"distsync.{name}.v1",
        "time": time,
        "datacontenttype": "application/json",
        **attributes,
        "data": data,
    }
