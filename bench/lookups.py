"""What people ask for in a big database: one path for each kind of question, about an order picked by chance."""

from collections.abc import Callable
from random import Random
from typing import Final
from urllib.parse import quote

from bench.events import SITES, Order

Question = Callable[[Order, Random], str]


def search(text: str) -> str:
    return f"/api/v1/orders?search={quote(text, safe='')}"


def page(text: str) -> str:
    return f"/search/?search={quote(text, safe='')}"


def middle_words(name: str) -> str:
    return name.split(" ", 1)[1]


def misspelt(name: str) -> str:
    """One letter of the first word changed."""
    return f"{name[:3]}x{name[4:]}"


# Asked of the API with a user's token.
API: Final[dict[str, Question]] = {
    "search: order": lambda order, _: search(order.order),
    "search: order, in lower case": lambda order, _: search(order.order.lower()),
    "search: order, its beginning": lambda order, _: search(order.order[:-2]),
    "search: PO": lambda order, _: search(order.po),
    "search: PO, its beginning": lambda order, _: search(order.po[:6]),
    "search: tracking": lambda order, chance: search(chance.choice(order.legs).tracking),
    "search: tracking, its end": lambda order, chance: search(chance.choice(order.legs).tracking[4:]),
    "search: leg": lambda order, chance: search(chance.choice(order.legs).leg),
    "search: shipment": lambda order, chance: search(chance.choice(order.legs).shipment),
    "search: posting": lambda order, chance: search(chance.choice(order.legs).posting),
    "search: invoice": lambda order, _: search(order.invoice),
    "search: customer": lambda order, _: search(order.customer),
    "search: customer, its beginning": lambda order, _: search(order.customer[:12]),
    "search: customer, a word within": lambda order, _: search(middle_words(order.customer)),
    "search: customer, a common word": lambda order, _: search(order.customer.split(" ")[1]),
    "search: customer id": lambda order, _: search(order.customer_id),
    "search: nothing like it": lambda _, chance: search(f"ZQX{chance.randrange(10**9)}"),
    "order": lambda order, _: f"/api/v1/orders/{order.order}",
    "order's timeline": lambda order, _: f"/api/v1/orders/{order.order}/timeline",
    "order's messages": lambda order, _: f"/api/v1/messages?order={order.order}",
    "message by id": lambda order, _: f"/api/v1/messages?id={quote(f'order.placed/{order.order}', safe='')}",
    "messages, latest": lambda _, __: "/api/v1/messages",
    "orders, latest": lambda _, __: "/api/v1/orders",
    "orders, a region's": lambda order, _: f"/api/v1/orders?region={order.region}",
    "orders, a partner's": lambda _, chance: f"/api/v1/orders?partner={chance.choice(SITES)[0]}",
    "orders, late": lambda _, __: "/api/v1/orders?late=true",
}
# Asked of the console in a person's session.
CONSOLE: Final[dict[str, Question]] = {
    "page: search box, tracking": lambda order, chance: page(chance.choice(order.legs).tracking),
    "page: search box, customer": lambda order, _: page(order.customer[:14]),
    "page: search box, misspelt": lambda order, _: page(misspelt(order.customer)),
    "page: orders": lambda _, __: "/orders/",
    "page: orders, searched": lambda order, _: f"/orders/?search={quote(order.po, safe='')}",
    "page: order trace": lambda order, _: f"/orders/{order.order}/",
}
# Whose answer must name the order that was asked for: a quick wrong answer is none.
NAMES_THE_ORDER: Final = frozenset(
    name
    for name in API
    if name.startswith(("search: ", "order"))
    and "beginning" not in name
    and "customer" not in name
    and "orders, " not in name
    and "nothing" not in name
) | {"page: search box, tracking", "page: orders, searched", "page: order trace"}
