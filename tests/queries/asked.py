"""One request of the table."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to `route` (as the URL configuration writes it), the status of its answer, and the number of SQL
    statements that it takes in a process that remembers nothing.

    `who` is "user" (an administrator's session), "token" (the same by API token), "credential" (of a source) or "nobody".
    `url` may hold {position} {quarantined} {view}. `body` is a form, or a list of events.
    """

    method: str
    route: str
    url: str
    status: int
    statements: int
    who: str = "user"
    body: dict[str, str] | list[dict[str, Any]] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        htmx = " (htmx)" if "HX-Request" in self.headers else ""
        return f"{self.method} {self.url}{htmx}"
