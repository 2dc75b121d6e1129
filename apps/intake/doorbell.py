"""Who is told after messages were appended: the pipeline registers itself, since a door knows only the rooms below."""

from collections.abc import Callable

Listener = Callable[[], None]
_listeners: list[Listener] = []


def on_append(listener: Listener) -> None:
    """Registers who is told after each commit of new messages."""
    if listener not in _listeners:
        _listeners.append(listener)


def ring() -> None:
    """Tells every listener that there is work. Listeners never raise: the message is durable already."""
    for listener in _listeners:
        listener()
