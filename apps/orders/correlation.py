"""Which order each event belongs to: a pure function of the set of bundles, whatever their order of arrival.

Three steps. (1) Whose identifier is meant: an identifier named without issuer is the one that somebody owns, if there
is just one. (2) Whose order an identifier belongs to: events that name an order claim what else they name; events
that name none claim downwards (leg, shipment, tracking); what no claim reaches from above follows any chain.
(3) Where a bundle goes: to the order that it names, else to that of its highest-ranked identifier that leads to one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from apps.orders.chains import follow_chains
from apps.orders.mentions import EXCLUSIVE, RANK, Bundle, Mention


class Identifier(NamedTuple):  # hashed and compared more than anything else here: a tuple does it in C
    """An identifier with its issuer ("" while nobody who owns it has spoken)."""

    scheme: str
    value: str
    issuer: str = ""


class State(IntEnum):
    """Where a fact stands. UNCLEAR belongs to its order, and fits several of that order's legs or shipments."""

    MATCHED = 0
    UNMATCHED = 1
    AMBIGUOUS = 2
    UNCLEAR = 3


class Verdict(NamedTuple):
    """Where a bundle goes: `orders` are root order identifiers (several only for an invoice over several orders)."""

    state: State
    orders: frozenset[Identifier] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Correlation:
    """The outcome: a verdict for each bundle, and for each contested identifier the orders that claim it."""

    verdicts: Mapping[bytes, Verdict]
    contested: Mapping[Identifier, frozenset[Identifier]]
    issuers: Mapping[tuple[str, str], frozenset[str]]


Candidates = Mapping[Mention, tuple[Identifier, ...]]
Claims = defaultdict[Identifier, set[Identifier]]


def correlate(bundles: Mapping[bytes, Bundle], hubs: frozenset[tuple[str, str]] = frozenset()) -> Correlation:
    """Where each of `bundles` goes. `hubs` are (scheme, value) that too many bundles name to lead anywhere.

    `bundles` must be closed: whoever shares an identifier with a member that names no order is a member too.
    """
    mentions = {mention for bundle in bundles.values() for mention in bundle.mentions}
    issuers = _issuers(mentions)
    candidates = {mention: _candidates(mention, issuers) for mention in mentions}
    roots, contested = _roots(bundles.values(), candidates)
    claims = _claims_from_above(bundles.values(), candidates, roots, hubs)
    resolved = {i: next(iter(orders)) for i, orders in claims.items() if len(orders) == 1}
    contested |= {i: frozenset(o) for i, o in claims.items() if len(o) > 1 and i.scheme in EXCLUSIVE}
    chains = _chains(bundles.values(), candidates, claims, hubs)
    more, torn = follow_chains(chains, resolved, lambda identifier: identifier.scheme in EXCLUSIVE)
    resolved |= more
    contested |= torn
    several = contested | {i: frozenset(orders) for i, orders in claims.items() if len(orders) > 1}
    verdicts = {d: _verdict(b, candidates, roots, resolved, several) for d, b in bundles.items()}
    return Correlation(verdicts, contested, issuers)


def _issuers(mentions: Iterable[Mention]) -> dict[tuple[str, str], frozenset[str]]:
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for mention in mentions:
        if mention.issuer:
            found[mention.scheme, mention.value].add(mention.issuer)
    return {name: frozenset(issuers) for name, issuers in found.items()}


def _candidates(mention: Mention, issuers: Mapping[tuple[str, str], frozenset[str]]) -> tuple[Identifier, ...]:
    if mention.issuer:
        return (Identifier(mention.scheme, mention.value, mention.issuer),)
    known = issuers.get((mention.scheme, mention.value), frozenset())
    if mention.maybe in known:
        return (Identifier(mention.scheme, mention.value, mention.maybe),)
    if not known:
        return (Identifier(mention.scheme, mention.value),)
    return tuple(Identifier(mention.scheme, mention.value, issuer) for issuer in sorted(known))


def _only(mention: Mention | None, candidates: Candidates) -> Identifier | None:
    """The identifier that is meant, where that is certain."""
    if mention is None:
        return None
    fitting = candidates[mention]
    return fitting[0] if len(fitting) == 1 else None


def _roots(
    bundles: Iterable[Bundle], candidates: Candidates
) -> tuple[dict[Identifier, Identifier], dict[Identifier, frozenset[Identifier]]]:
    """Each order identifier's root: itself, or the order that names it as another number of its own."""
    claimed: defaultdict[Identifier, set[Identifier]] = defaultdict(set)
    placed: set[Identifier] = set()
    every: set[Identifier] = set()
    for bundle in bundles:
        primary = _only(bundle.order, candidates)
        if primary is None:
            continue
        every.add(primary)
        if bundle.order is not None and bundle.order.issuer:
            placed.add(primary)
        for link in bundle.links:
            alias = _only(link, candidates) if link.scheme == "order" else None
            if alias is not None and alias != primary:
                every.add(alias)
                claimed[alias].add(primary)
    parents = {alias: min(primaries) for alias, primaries in claimed.items() if alias not in placed}
    roots = {order: _climb(order, parents) for order in every}
    claimants = {alias: frozenset({roots[p] for p in primaries} | ({alias} & placed)) for alias, primaries in claimed.items()}
    contested = {alias: orders for alias, orders in claimants.items() if len(orders) > 1}
    return {order: root for order, root in roots.items() if order in placed or order not in contested}, contested


def _climb(order: Identifier, parents: Mapping[Identifier, Identifier]) -> Identifier:
    seen = {order}
    while order in parents:
        order = parents[order]
        if order in seen:  # two numbers that each call the other an alias: the smallest stands for both
            return min(seen)
        seen.add(order)
    return order


def _claims_from_above(
    bundles: Iterable[Bundle],
    candidates: Candidates,
    roots: Mapping[Identifier, Identifier],
    hubs: frozenset[tuple[str, str]],
) -> Claims:
    """The orders that claim each identifier, by events that name an order and then, rank by rank, through anchors."""
    claims: Claims = defaultdict(set)
    followers: defaultdict[Identifier, set[Identifier]] = defaultdict(set)
    for bundle in bundles:
        named = [i for i in _certain(bundle, candidates, hubs) if i.scheme != "order"]
        primary = _only(bundle.order, candidates)
        if primary is not None and primary in roots:
            for identifier in named:
                claims[identifier].add(roots[primary])
        elif bundle.order is None:
            for anchor in _anchors(bundle, named):
                followers[anchor] |= {i for i in named if RANK[i.scheme] > RANK[anchor.scheme]}
    for anchor in sorted(followers, key=lambda i: (RANK[i.scheme], i)):
        if len(claims.get(anchor, ())) == 1:
            for follower in followers[anchor]:
                claims[follower] |= claims[anchor]
    return claims


def _anchors(bundle: Bundle, named: Sequence[Identifier]) -> Sequence[Identifier]:
    """The highest-ranked of what an event without an order names: it says where the rest belongs. None where two of
    that rank stand side by side, unless the event spreads over them."""
    best = min((RANK[i.scheme] for i in named), default=0)
    anchors = [i for i in named if RANK[i.scheme] == best]
    return anchors if len(anchors) == 1 or bundle.spreads else ()


def _certain(bundle: Bundle, candidates: Candidates, hubs: frozenset[tuple[str, str]]) -> list[Identifier]:
    """The identifiers that a bundle's links certainly mean, without the hubs."""
    return [i for link in bundle.links if (i := _only(link, candidates)) and (i.scheme, i.value) not in hubs]


def _chains(
    bundles: Iterable[Bundle], candidates: Candidates, claims: Claims, hubs: frozenset[tuple[str, str]]
) -> list[tuple[Identifier, ...]]:
    """Identifiers that events without an order name together, where at least one is not claimed from above."""
    chains = []
    for bundle in bundles:
        if bundle.order is None and not bundle.spreads:
            named = _certain(bundle, candidates, hubs)
            if len(named) > 1 and any(i not in claims for i in named):
                chains.append(tuple(i for i in named if len(claims.get(i, ())) <= 1))
    return chains


def _verdict(
    bundle: Bundle,
    candidates: Candidates,
    roots: Mapping[Identifier, Identifier],
    resolved: Mapping[Identifier, Identifier],
    several: Mapping[Identifier, frozenset[Identifier]],
) -> Verdict:
    allowed: set[Identifier] | None = None
    if bundle.order is not None:
        allowed = {roots[i] for i in candidates[bundle.order] if i in roots}
        if len(allowed) == 1:
            return Verdict(State.MATCHED, frozenset(allowed))
    if bundle.spreads:
        shipments = [i for m in bundle.links if (i := _only(m, candidates)) and m.scheme == "shipment"]
        orders = {resolved[i] for i in shipments if i in resolved}
        if orders:
            return Verdict(State.MATCHED, frozenset(orders))
    for mention in sorted(bundle.links, key=lambda m: RANK[m.scheme]):
        orders = {resolved[i] for i in candidates[mention] if i in resolved}
        orders = orders if allowed is None else orders & allowed
        if len(orders) == 1:
            return Verdict(State.MATCHED, frozenset(orders))
    return _unplaced(bundle, candidates, several)


def _unplaced(bundle: Bundle, candidates: Candidates, several: Mapping[Identifier, frozenset[Identifier]]) -> Verdict:
    for mention in sorted(bundle.mentions, key=lambda m: RANK[m.scheme]):
        fitting = candidates[mention]
        if len(fitting) > 1:
            choices = ", ".join(i.issuer for i in fitting)
            reason = f"{mention.scheme} {mention.value} is used by {choices}: name its issuer too."
            return Verdict(State.AMBIGUOUS, reason=reason)
        if fitting[0] in several:
            choices = " and ".join(sorted(o.value for o in several[fitting[0]])[:5])
            reason = f"{mention.scheme} {mention.value} belongs to orders {choices}, and nothing else leads to one."
            return Verdict(State.AMBIGUOUS, reason=reason)
    names = ", ".join(f"{m.scheme} {m.value}" for m in bundle.mentions)
    return Verdict(State.UNMATCHED, reason=f"No order is known yet for {names}.")
