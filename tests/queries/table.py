"""The committed number of SQL statements of each address and method. A new page adds its line; the test says which.

Session and user cost a page two, the token costs the API two (one when it was used within the last minute).
"""

from tests.queries.accounts import ACCOUNTS
from tests.queries.asked import Asked
from tests.queries.promises import PROMISES

STORED = {
    "specversion": "1.0",
    "id": "asked",
    "source": "/oms",
    "type": "distsync.order.placed.v1",
    "data": {"order": "SO-1", "lines": []},
}
BODY = [STORED, STORED | {"id": "another"}, STORED | {"id": "story-1"}]
PARTIAL = {"HX-Request": "true", "HX-Target": "orders"}
SHEET = {"HX-Request": "true", "HX-Target": "sheet"}
TRACE = {"HX-Request": "true", "HX-Target": "trace"}
THEN, BEFORE = "as_of=2026-03-02T08:09:30Z", "as_of=2026-03-01T00:00:00Z"

PRODUCT = [
    Asked("GET", "healthz", "/healthz", 200, 0, who="nobody"),
    Asked("GET", "readyz", "/readyz", 200, 2, who="nobody"),
    Asked("GET", "metrics", "/metrics", 200, 12, who="nobody"),
    # doors
    Asked("POST", "api/v1/events", "/api/v1/events", 202, 5, who="credential", body=BODY),
    Asked("POST", "api/v1/events", "/api/v1/events", 202, 11, who="credential", body=[*BODY, {}]),
    Asked("POST", "api/v1/events", "/api/v1/events", 400, 9, who="credential", body=[{}]),
    Asked("POST", "api/v1/events", "/api/v1/events", 401, 0, who="nobody", body=BODY),
    # API
    Asked("GET", "api/v1/orders", "/api/v1/orders", 200, 8, who="token"),
    Asked("GET", "api/v1/orders", "/api/v1/orders?page_size=500", 200, 8, who="token"),
    Asked("GET", "api/v1/orders", "/api/v1/orders?search=SO-1&late=false&region=R1&partner=northstar", 200, 4, who="token"),
    Asked("GET", "api/v1/orders", "/api/v1/orders?search=nothing", 200, 5, who="token"),
    Asked("GET", "api/v1/orders", "/api/v1/orders", 401, 0, who="nobody"),
    Asked("GET", "api/v1/orders/<identifier:order>", "/api/v1/orders/SO-WIDE", 200, 11, who="token"),
    Asked("GET", "api/v1/orders/<identifier:order>", "/api/v1/orders/nothing", 404, 3, who="token"),
    Asked("GET", "api/v1/orders/<identifier:order>/timeline", "/api/v1/orders/SO-WIDE/timeline", 200, 4, who="token"),
    Asked("GET", "api/v1/orders/<identifier:order>", f"/api/v1/orders/SO-WIDE?{THEN}", 200, 14, who="token"),
    Asked("GET", "api/v1/orders/<identifier:order>", f"/api/v1/orders/SO-WIDE?{BEFORE}", 404, 5, who="token"),
    Asked("GET", "api/v1/orders/<identifier:order>/timeline", f"/api/v1/orders/SO-WIDE/timeline?{THEN}", 200, 5, who="token"),
    Asked("GET", "api/v1/messages", "/api/v1/messages?page_size=500", 200, 3, who="token"),
    *(
        Asked("GET", "api/v1/messages", f"/api/v1/messages?state={state}", 200, 3, who="token")
        for state in ("pending", "applied", "unmatched", "ambiguous", "quarantined", "conflict")
    ),
    Asked("GET", "api/v1/messages", "/api/v1/messages?order=SO-WIDE&source=/oms", 200, 5, who="token"),
    Asked("GET", "api/v1/messages/<identifier:message>", "/api/v1/messages/{position}", 200, 3, who="token"),
    Asked("GET", "api/v1/messages/<identifier:message>", "/api/v1/messages/story-1", 200, 4, who="token"),
    Asked("GET", "api/v1/contracts", "/api/v1/contracts", 200, 2, who="token"),
    Asked("GET", "api/v1/contracts/<identifier:name>", "/api/v1/contracts/order.placed", 200, 2, who="token"),
    Asked("GET", "api/v1/partners", "/api/v1/partners", 200, 4, who="token"),
    Asked("GET", "api/v1/audit", "/api/v1/audit?page_size=500", 200, 3, who="token"),
    Asked("GET", "api/v1/audit", "/api/v1/audit?who=ada&kind=case.claim&order=SO-1&search=a", 200, 3, who="token"),
    Asked("GET", "api/v1/schema", "/api/v1/schema", 200, 0, who="nobody"),
    # live
    Asked("GET", "live/orders", "/live/orders", 200, 2),
    Asked("GET", "live/orders/<identifier:identifier>", "/live/orders/SO-WIDE", 200, 3),
    Asked("GET", "live/inbox", "/live/inbox", 200, 2),
    Asked("GET", "live/freshness", "/live/freshness", 200, 4),
    # console
    Asked("GET", "", "/", 302, 0),
    Asked("POST", "", "/", 302, 0),
    Asked("GET", "pipeline/", "/pipeline/", 200, 16),
    Asked("GET", "pipeline/", "/pipeline/?range=month", 200, 16),
    Asked("GET", "search/", "/search/", 200, 2),
    Asked("GET", "search/", "/search/?search=SO", 200, 3),
    Asked("GET", "search/", "/search/?search=SO-WIDE", 200, 3),
    Asked("GET", "search/", "/search/?search=SO-WODE", 200, 9),
    Asked("GET", "orders/", "/orders/", 200, 14),
    Asked("GET", "orders/", "/orders/", 302, 0, who="nobody"),
    Asked("GET", "orders/", "/orders/?search=SO&status=delivered&region=R1&late=no", 200, 14),
    Asked("GET", "orders/", "/orders/", 200, 11, headers=PARTIAL),
    Asked("GET", "orders/export.csv", "/orders/export.csv", 200, 7),
    Asked("POST", "orders/views/", "/orders/views/", 302, 2, body={"name": ""}),
    Asked("POST", "orders/views/", "/orders/views/", 302, 8, body={"name": "late", "late": "yes"}),
    Asked("POST", "orders/views/<int:view_id>/", "/orders/views/{view}/", 302, 6, body={"name": "other"}),
    Asked("POST", "orders/views/<int:view_id>/", "/orders/views/{view}/", 302, 4, body={"act": "delete"}),
    Asked("POST", "orders/views/<int:view_id>/", "/orders/views/0/", 302, 3, body={"act": "delete"}),
    Asked("GET", "orders/<identifier:handle>/", "/orders/SO-WIDE/", 200, 17),
    Asked("GET", "orders/<identifier:handle>/", "/orders/SO-1/", 200, 15, headers=TRACE),
    Asked("GET", "orders/<identifier:handle>/", "/orders/nothing/", 404, 8),
    Asked("GET", "orders/<identifier:handle>/", f"/orders/SO-WIDE/?{THEN}", 200, 19),
    Asked("GET", "orders/<identifier:handle>/", f"/orders/SO-WIDE/?{THEN}", 200, 17, headers=TRACE),
    Asked("GET", "orders/<identifier:handle>/", f"/orders/SO-WIDE/?{BEFORE}", 404, 10),
    Asked("GET", "orders/<identifier:handle>/", "/orders/SO-WIDE/?as_of=2026-03-02T08:09", 302, 2),
    Asked("GET", "messages/", "/messages/", 200, 8),
    *(
        Asked("GET", "messages/", f"/messages/?state={state}", 200, 8)
        for state in ("pending", "applied", "unmatched", "ambiguous", "quarantined", "conflict")
    ),
    Asked("GET", "messages/", "/messages/?order=SO-WIDE", 200, 10),
    Asked("GET", "messages/<slug:key>/", "/messages/{position}/", 200, 8),
    Asked("GET", "messages/<slug:key>/", "/messages/{quarantined}/", 200, 3, headers=SHEET),
    Asked("GET", "messages/<slug:key>/body", "/messages/{position}/body", 200, 3),
    Asked("GET", "contracts/", "/contracts/", 200, 7),
    Asked("GET", "contracts/<str:wire_type>/", "/contracts/distsync.order.placed.v1/", 200, 7),
    Asked("GET", "sources/", "/sources/", 200, 10),
    Asked("GET", "audit/", "/audit/", 200, 8),
    Asked("GET", "audit/", "/audit/?who=ada&kind=case.claim&order=SO-1&from=2026-03-02&to=2026-03-02", 200, 8),
    Asked("GET", "audit/export.csv", "/audit/export.csv", 200, 3),
    Asked("GET", "account/", "/account/", 200, 7),
    Asked("POST", "account/", "/account/", 302, 3, body={"time_zone": "Europe/Berlin", "theme": "dark"}),
    Asked("POST", "account/theme", "/account/theme", 204, 3, body={"theme": "dark"}),
]
TABLE = [*PRODUCT, *PROMISES, *ACCOUNTS]
