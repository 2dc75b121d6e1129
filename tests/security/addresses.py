"""What every address answers to whom. A new address adds its line; the test says which is missing.

Who may see it comes from the one matrix of the code (apps/accounts/roles.py): a line names the permission alone.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from apps.accounts.roles import Permission
from apps.accounts.urls import CLOSED as CLOSED_ROUTE


class Kind(Enum):
    """How an address says no."""

    OPEN = auto()  # the same to everybody
    DOOR = auto()  # for credentials: 405 before 401, 403 for a credential of other doors
    API = auto()  # for users: 401 before all, 404 for what the role may not see, then 405
    LIVE = auto()  # for sessions: 405 before 401, then 404
    PAGE = auto()  # for sessions: 405, then the login, then 404
    ACCOUNT = auto()  # allauth's: `stranger` and `methods` say what it answers before and after the login, to every role
    CLOSED = auto()  # 404 whoever asks


GET = {"GET": 200, "HEAD": 200}
POST_302 = {"POST": 302}
FORM = dict.fromkeys(("GET", "HEAD", "POST", "PUT", "OPTIONS"), 200)  # of a form that was filled in wrongly
RULE_FORM = {**GET, "POST": 400}  # of a form that was not filled in
NO_FORM = dict.fromkeys(("GET", "HEAD", "POST"), 404)
VIEW = {**GET, "OPTIONS": 200}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def every(status: int) -> dict[str, int]:
    return dict.fromkeys(METHODS, status)


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is a sample of the route, with {key} for the key of a message of the partner `of`, {case} for an exception of it;
    `methods` what a method answers to somebody who may. An object `of` a partner is seen by staff and by that partner's users
    alone. `does` is what a POST asks for beside seeing: whoever sees it and may not do it gets 403."""

    kind: Kind
    url: str
    methods: dict[str, int]
    needs: Permission | None = None
    of: str = ""
    stranger: dict[str, int] = field(default_factory=dict)
    body: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    does: Permission | None = None
    door: str = ""


ORDERS, MESSAGES = Permission.SEE_ORDERS, Permission.SEE_MESSAGES
CONTRACTS, SOURCES = Permission.SEE_CONTRACTS, Permission.SEE_SOURCES
API, PAGE, LIVE, ACCOUNT = Kind.API, Kind.PAGE, Kind.LIVE, Kind.ACCOUNT
API_GET = {**GET, "OPTIONS": 200}
LOGIN = every(302)
REFUSED = {"GET": 401, "HEAD": 401, "OPTIONS": 200}
NO_CODES = {"GET": 404, "HEAD": 404, "OPTIONS": 200}

EXCEPTIONS, WORK = Permission.SEE_EXCEPTIONS, Permission.WORK_EXCEPTIONS
RULES, CHANGES = Permission.SEE_RULES, Permission.CHANGE_RULES
EXCEPTION = "api/v1/exceptions/<identifier:exception>"


def act(word: str, body: dict[str, Any], *, does: Permission = WORK, status: int = 200) -> Address:
    """An act on an exception of northstar's."""
    methods = {"POST": status, "OPTIONS": 200}
    return Address(API, f"/api/v1/exceptions/{{case}}/{word}", methods, EXCEPTIONS, of="northstar", json=body, does=does)


ADDRESSES: dict[str, Address] = {
    "healthz": Address(Kind.OPEN, "/healthz", GET),
    "readyz": Address(Kind.OPEN, "/readyz", GET),
    "metrics": Address(Kind.OPEN, "/metrics", GET),  # of this machine; of others only with its own token
    "": Address(Kind.OPEN, "/", every(302)),
    "api/v1/schema": Address(Kind.OPEN, "/api/v1/schema", every(405) | API_GET),
    "api/v1/events": Address(Kind.DOOR, "/api/v1/events", {"POST": 202}, door="events"),
    "api/v1/orders": Address(API, "/api/v1/orders", API_GET, ORDERS),
    "api/v1/orders/<identifier:order>": Address(API, "/api/v1/orders/NORTH-1", API_GET, ORDERS, of="northstar"),
    "api/v1/orders/<identifier:order>/timeline": Address(
        API, "/api/v1/orders/NORTH-1/timeline", API_GET, ORDERS, of="northstar"
    ),
    "api/v1/messages": Address(API, "/api/v1/messages", API_GET, MESSAGES),
    "api/v1/messages/<identifier:message>": Address(API, "/api/v1/messages/{key}", API_GET, MESSAGES, of="northstar"),
    "api/v1/contracts": Address(API, "/api/v1/contracts", API_GET, CONTRACTS),
    "api/v1/contracts/<identifier:name>": Address(API, "/api/v1/contracts/order.placed", API_GET, CONTRACTS),
    "api/v1/partners": Address(API, "/api/v1/partners", API_GET, ORDERS),
    "api/v1/incidents": Address(API, "/api/v1/incidents", API_GET, EXCEPTIONS),
    "api/v1/incidents/<identifier:incident>": Address(API, "/api/v1/incidents/none", NO_CODES, EXCEPTIONS),
    "api/v1/audit": Address(API, "/api/v1/audit", API_GET, Permission.SEE_AUDIT),
    "api/v1/notifications": Address(API, "/api/v1/notifications", API_GET, EXCEPTIONS),
    "api/v1/notifications/read": Address(API, "/api/v1/notifications/read", {"POST": 200, "OPTIONS": 200}, EXCEPTIONS, json={}),
    # Whose notification it is decides too: tests/apps/api/test_notifications.py.
    "api/v1/notifications/<identifier:notification>/read": Address(
        API, "/api/v1/notifications/none/read", {"POST": 404, "OPTIONS": 200}, EXCEPTIONS, json={}
    ),
    "api/v1/exceptions": Address(API, "/api/v1/exceptions", API_GET, EXCEPTIONS),
    EXCEPTION: Address(API, "/api/v1/exceptions/{case}", API_GET, EXCEPTIONS, of="northstar"),
    f"{EXCEPTION}/claim": act("claim", {}),
    f"{EXCEPTION}/assign": act("assign", {"to": "me"}),
    f"{EXCEPTION}/comment": act("comment", {"text": "soon"}, does=Permission.COMMENT_EXCEPTIONS),
    f"{EXCEPTION}/snooze": act("snooze", {"until": "2999-01-01T00:00:00Z"}),
    f"{EXCEPTION}/wait": act("wait", {}),
    f"{EXCEPTION}/escalate": act("escalate", {"to": "finance"}),
    f"{EXCEPTION}/resolve": act("resolve", {"reason": "accepted"}),
    f"{EXCEPTION}/reopen": act("reopen", {}, status=409),  # it is open
    f"{EXCEPTION}/wake": act("wake", {}, status=409),  # it neither sleeps nor waits
    f"{EXCEPTION}/give_back": act("give_back", {}),
    f"{EXCEPTION}/take_out": act("take_out", {}),
    f"{EXCEPTION}/put_back": act("put_back", {}),
    "api/v1/exceptions/bulk": Address(
        API,
        "/api/v1/exceptions/bulk",
        {"POST": 202, "OPTIONS": 200},
        EXCEPTIONS,
        json={"action": "claim", "filter": {"code": "ORDER_INVALID"}},
        does=Permission.BULK_EXCEPTIONS,
    ),
    # Whose job it is decides too: tests/apps/api/test_exception_bulk.py.
    "api/v1/jobs/<identifier:job>": Address(
        API, "/api/v1/jobs/nobodys", {"GET": 404, "HEAD": 404, "OPTIONS": 200}, Permission.BULK_EXCEPTIONS
    ),
    "live/orders": Address(LIVE, "/live/orders", {"GET": 200}, ORDERS),
    "live/orders/<identifier:identifier>": Address(LIVE, "/live/orders/NORTH-1", {"GET": 200}, ORDERS, of="northstar"),
    "live/inbox": Address(LIVE, "/live/inbox", {"GET": 200}, ORDERS),
    "live/freshness": Address(LIVE, "/live/freshness", {"GET": 200}, ORDERS),
    "search/": Address(PAGE, "/search/?search=NORTH", GET, ORDERS),
    "orders/": Address(PAGE, "/orders/", GET, ORDERS),
    "orders/export.csv": Address(PAGE, "/orders/export.csv", GET, ORDERS),
    "orders/views/": Address(PAGE, "/orders/views/", POST_302, ORDERS, body={"name": "mine"}),
    "orders/views/<int:view_id>/": Address(PAGE, "/orders/views/1000000000/", POST_302, ORDERS, body={"name": "theirs"}),
    "orders/<identifier:handle>/": Address(PAGE, "/orders/NORTH-1/", GET, ORDERS, of="northstar"),
    "messages/": Address(PAGE, "/messages/", GET, MESSAGES),
    "messages/<slug:key>/": Address(PAGE, "/messages/{key}/", GET, MESSAGES, of="northstar"),
    "messages/<slug:key>/body": Address(PAGE, "/messages/{key}/body", GET, MESSAGES, of="northstar"),
    "contracts/": Address(PAGE, "/contracts/", GET, CONTRACTS),
    "contracts/<str:wire_type>/": Address(PAGE, "/contracts/distsync.leg.shipped.v1/", GET, CONTRACTS),
    "sources/": Address(PAGE, "/sources/", GET, SOURCES),
    "pipeline/": Address(PAGE, "/pipeline/", GET, Permission.SEE_PIPELINE),
    # exceptions and rules
    "exceptions/": Address(PAGE, "/exceptions/", GET, EXCEPTIONS),
    "exceptions/export.csv": Address(PAGE, "/exceptions/export.csv", GET, EXCEPTIONS),
    "exceptions/rows": Address(PAGE, "/exceptions/rows", GET, EXCEPTIONS),
    "exceptions/people": Address(PAGE, "/exceptions/people", GET, Permission.COMMENT_EXCEPTIONS),
    "exceptions/views/": Address(PAGE, "/exceptions/views/", POST_302, EXCEPTIONS, body={"name": "mine"}),
    "exceptions/views/<int:view_id>/": Address(
        PAGE, "/exceptions/views/1000000000/", POST_302, EXCEPTIONS, body={"name": "theirs"}
    ),
    "exceptions/incidents/<slug:incident>/cases": Address(PAGE, "/exceptions/incidents/none/cases", GET, EXCEPTIONS),
    "exceptions/bulk": Address(PAGE, "/exceptions/bulk", {"POST": 404}, Permission.BULK_EXCEPTIONS),
    "exceptions/undo": Address(PAGE, "/exceptions/undo", {"POST": 404}, WORK),
    "exceptions/<slug:number>/": Address(PAGE, "/exceptions/{case}/", GET, EXCEPTIONS, of="northstar"),
    "exceptions/<slug:number>/playbook": Address(
        PAGE, "/exceptions/{case}/playbook", {"POST": 400}, Permission.EDIT_PLAYBOOKS, of="northstar"
    ),
    "exceptions/<slug:number>/<slug:act>": Address(
        PAGE, "/exceptions/{case}/comment", POST_302, Permission.COMMENT_EXCEPTIONS, of="northstar", body={"text": "soon"}
    ),
    "release-status/": Address(PAGE, "/release-status/", GET, ORDERS),
    "commitments/": Address(PAGE, "/commitments/", GET, RULES),
    "commitments/new": Address(PAGE, "/commitments/new?measure=ship", RULE_FORM, CHANGES),
    "commitments/measured": Address(PAGE, "/commitments/measured?measure=post&sender=", GET | {"POST": 404}, CHANGES),
    "commitments/<identifier:name>/": Address(PAGE, "/commitments/ship/", {"GET": 404, "HEAD": 404}, RULES),
    "commitments/<identifier:name>/change": Address(PAGE, "/commitments/ship/change", NO_FORM, CHANGES),
    "commitments/<identifier:name>/move": Address(PAGE, "/commitments/ship/move", POST_302, CHANGES),
    "commitments/<identifier:name>/end": Address(PAGE, "/commitments/ship/end", POST_302, CHANGES),
    "calendars/": Address(PAGE, "/calendars/", GET, RULES),
    "calendars/<identifier:name>/": Address(PAGE, "/calendars/site:ATL/", GET, RULES),
    "calendars/<identifier:name>/change": Address(PAGE, "/calendars/site:ATL/change", RULE_FORM, CHANGES),
    "calendars/<identifier:partner>/status": Address(PAGE, "/calendars/northstar/status", RULE_FORM, CHANGES),
    "ownership/": Address(PAGE, "/ownership/", GET, RULES),
    "ownership/change": Address(PAGE, "/ownership/change", GET | {"POST": 200}, CHANGES),
    "audit/": Address(PAGE, "/audit/", GET, Permission.SEE_AUDIT),
    "audit/export.csv": Address(PAGE, "/audit/export.csv", GET, Permission.SEE_AUDIT),
    "notifications/": Address(PAGE, "/notifications/", GET, EXCEPTIONS),
    "notifications/read": Address(PAGE, "/notifications/read", POST_302, EXCEPTIONS),
    "notifications/settings": Address(
        PAGE, "/notifications/settings", GET | POST_302, EXCEPTIONS, body={"inbox": "assigned", "digest": "hourly"}
    ),
    "notifications/settings/<slug:code>": Address(
        PAGE, "/notifications/settings/finance", GET | POST_302, CHANGES, body={"digest": "hourly"}
    ),
    "notifications/settings/<slug:code>/secret": Address(
        PAGE, "/notifications/settings/finance/secret", {"POST": 404}, CHANGES
    ),
    "notifications/deliveries/": Address(PAGE, "/notifications/deliveries/", GET, Permission.SEE_DELIVERIES),
    "notifications/deliveries/<slug:number>/retry": Address(
        PAGE, "/notifications/deliveries/none/retry", {"POST": 404}, Permission.SEE_DELIVERIES
    ),
    # Whose notification it is decides too: tests/apps/console/test_notifications.py.
    "notifications/<slug:number>/": Address(PAGE, "/notifications/none/", {"GET": 404, "HEAD": 404}, EXCEPTIONS),
    "notifications/<slug:number>/read": Address(PAGE, "/notifications/none/read", {"POST": 404}, EXCEPTIONS),
    "demo/": Address(PAGE, "/demo/", GET | POST_302, SOURCES),
    "demo/outage": Address(PAGE, "/demo/outage", {"POST": 400}, SOURCES),
    "demo/reset": Address(PAGE, "/demo/reset", {"POST": 302}, SOURCES),
    "account/": Address(PAGE, "/account/", GET | POST_302, body={"theme": "dark"}),
    "account/theme": Address(PAGE, "/account/theme", {"POST": 204}, body={"theme": "dark"}),
    # allauth
    f"accounts/{CLOSED_ROUTE}": Address(Kind.CLOSED, "/accounts/signup", {}),
    "accounts/login/": Address(ACCOUNT, "/accounts/login/", LOGIN, stranger=FORM),
    "accounts/logout/": Address(
        ACCOUNT, "/accounts/logout/", VIEW | POST_302, stranger={"GET": 302, "HEAD": 302, "POST": 302, "OPTIONS": 200}
    ),
    "accounts/inactive/": Address(ACCOUNT, "/accounts/inactive/", VIEW, stranger=VIEW),
    "accounts/reauthenticate/": Address(ACCOUNT, "/accounts/reauthenticate/", FORM, stranger=LOGIN),
    "accounts/password/change/": Address(ACCOUNT, "/accounts/password/change/", FORM, stranger=LOGIN),
    "accounts/2fa/": Address(ACCOUNT, "/accounts/2fa/", VIEW, stranger=LOGIN),
    "accounts/2fa/authenticate/": Address(ACCOUNT, "/accounts/2fa/authenticate/", LOGIN, stranger=LOGIN),
    "accounts/2fa/reauthenticate/": Address(ACCOUNT, "/accounts/2fa/reauthenticate/", LOGIN, stranger=LOGIN),
    "accounts/2fa/totp/activate/": Address(ACCOUNT, "/accounts/2fa/totp/activate/", LOGIN, stranger=LOGIN),
    "accounts/2fa/totp/deactivate/": Address(ACCOUNT, "/accounts/2fa/totp/deactivate/", every(404), stranger=LOGIN),
    "accounts/2fa/recovery-codes/": Address(ACCOUNT, "/accounts/2fa/recovery-codes/", NO_CODES, stranger=LOGIN),
    "accounts/2fa/recovery-codes/generate/": Address(ACCOUNT, "/accounts/2fa/recovery-codes/generate/", LOGIN, stranger=LOGIN),
    "accounts/2fa/recovery-codes/download/": Address(
        ACCOUNT, "/accounts/2fa/recovery-codes/download/", every(404), stranger=LOGIN
    ),
    "accounts/3rdparty/login/cancelled/": Address(ACCOUNT, "/accounts/3rdparty/login/cancelled/", VIEW, stranger=VIEW),
    "accounts/3rdparty/login/error/": Address(ACCOUNT, "/accounts/3rdparty/login/error/", REFUSED, stranger=REFUSED),
    "accounts/3rdparty/": Address(ACCOUNT, "/accounts/3rdparty/", FORM, stranger=LOGIN),
    r"accounts/oidc/^(?P<provider_id>[^/]+)/login/": Address(
        ACCOUNT, "/accounts/oidc/1/login/", every(404), stranger=every(404)
    ),
    r"accounts/oidc/^(?P<provider_id>[^/]+)/login/callback/": Address(
        ACCOUNT, "/accounts/oidc/1/login/callback/", every(404), stranger=every(404)
    ),
}

SHUT = {
    "signup/": "signup/",
    "email/": "email/",
    "confirm-email/": "confirm-email/",
    r"^confirm-email/(?P<key>[-:\w]+)/$": "confirm-email/1/",
    "password/set/": "password/set/",
    "password/reset/": "password/reset/",
    "password/reset/done/": "password/reset/done/",
    "password/reset/key/done/": "password/reset/key/done/",
    r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "password/reset/key/1-1/",
    "login/code/confirm/": "login/code/confirm/",
    "3rdparty/signup/": "3rdparty/signup/",
    "social/login/cancelled/": "social/login/cancelled/",
    "social/login/error/": "social/login/error/",
    "social/signup/": "social/signup/",
    "social/connections/": "social/connections/",
}
ADDRESSES |= {f"accounts/{route}": Address(Kind.CLOSED, f"/accounts/{path}", {}) for route, path in SHUT.items()}
