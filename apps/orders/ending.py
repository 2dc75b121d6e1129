"""Why nothing of an order is owed any more: all of it is cancelled, even where something leaves all the same, or it is
rejected. Pure."""

from typing import Final

from apps.orders.state import Moment, OrderState

Ended = tuple[str, Moment | None]  # why nothing is owed any more, and who said so

NOT_ENDED: Final[Ended] = ("", None)


def ending_of(state: OrderState) -> Ended:
    """Why nothing of the order is owed any more: "cancelled", "rejected" or not ended at all ("")."""
    cancelled = state.milestones.get("cancelled")  # of the whole; a part is no milestone
    if cancelled is not None:
        return "cancelled", cancelled
    return ("rejected", state.milestones.get("rejected")) if state.status == "rejected" else NOT_ENDED
