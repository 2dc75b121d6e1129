"""Every message type that DistSync understands, keyed by its CloudEvents `type`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from apps.contracts.catalogue import finance, integration, legs, orders, shipments, stock
from apps.contracts.contract import Contract

CONTRACTS: Final[Mapping[str, Contract]] = MappingProxyType(
    {
        contract.type: contract
        for module in (orders, legs, shipments, finance, stock, integration)
        for contract in module.CONTRACTS
    }
)
