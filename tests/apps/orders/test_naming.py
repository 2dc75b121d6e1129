"""People read names, machines codes."""

from apps.orders.naming import with_names
from apps.orders.state import LegState, OrderState


def test_legs_are_called_by_the_names_that_there_are() -> None:
    legs = (
        LegState("L1", None, "released", "north", "ATL"),
        LegState("L2", None, "planned", "south", "CHI"),
        LegState("L3", None, ""),
    )
    state = OrderState("SO-1", None, "released", "none", legs=legs)
    named = with_names(state, partners={"north": "NorthStar"}, sites={"CHI": "Chicago"})
    assert [(leg.partner, leg.site) for leg in named.legs] == [("NorthStar", "ATL"), ("south", "Chicago"), (None, None)]
