"""Chains of references that no order claims from above: who is connected with whom, and to which order that leads."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def components(links: Iterable[Sequence[Node]]) -> dict[Node, Node]:
    """Union-find: each node's representative, equal for nodes that `links` connect."""
    parent: dict[Node, Node] = {}

    def find(node: Node) -> Node:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for link in links:
        for node in link:
            parent[find(node)] = find(link[0])
    return {node: find(node) for node in parent}


def follow_chains(
    chains: Sequence[Sequence[Node]], resolved: Mapping[Node, Node], is_exclusive: Callable[[Node], bool]
) -> tuple[dict[Node, Node], dict[Node, frozenset[Node]]]:
    """Orders of the identifiers that `resolved` does not hold, by connection, and those torn between several orders.

    An identifier that may cover several orders (tracking, invoice) conducts only while all that it connects leads to
    one order; where it does not, it is taken out and the rest is looked at again.
    """
    found: dict[Node, Node] = {}
    torn: dict[Node, frozenset[Node]] = {}
    split: set[Node] = set()
    for members, orders in _regions(chains, resolved):
        if len(orders) == 1:
            found |= dict.fromkeys(members, next(iter(orders)))
        elif len(orders) > 1:
            split |= members
    if split:
        rest = [[n for n in chain if n in resolved or (n in split and is_exclusive(n))] for chain in chains]
        for members, orders in _regions([chain for chain in rest if chain], resolved):
            if len(orders) == 1:
                found |= dict.fromkeys(members, next(iter(orders)))
            elif orders:
                torn |= dict.fromkeys(members, frozenset(orders))
    return found, torn


def _regions(chains: Sequence[Sequence[Node]], resolved: Mapping[Node, Node]) -> Iterable[tuple[set[Node], set[Node]]]:
    free = [[node for node in chain if node not in resolved] for chain in chains]
    representative = components([nodes for nodes in free if nodes])
    members: defaultdict[Node, set[Node]] = defaultdict(set)
    orders: defaultdict[Node, set[Node]] = defaultdict(set)
    for node, head in representative.items():
        members[head].add(node)
    for nodes, chain in zip(free, chains, strict=True):
        if nodes:
            orders[representative[nodes[0]]] |= {resolved[node] for node in chain if node in resolved}
    return [(members[head], orders[head]) for head in members]
