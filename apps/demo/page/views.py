"""The sandbox's page: how the network and its feed are, and the levers on them. Only where the demo is live."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.demo import memory as kept
from apps.demo.page import presenting
from apps.demo.page.steering import read_rates, with_outage
from apps.demo.seeding import is_demo
from apps.demo.world.faults import FAULTS

STATUS_ID = "demo-status"
ADDRESS = "/demo/"
TITLES = {fault.code: fault.title for fault in FAULTS}


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.SEE_SOURCES)
def network(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The page; POST takes the rates of orders and faults."""
    _require_demo()
    if request.method == "POST":
        asked = read_rates(request.POST.dict(), _current())
        if asked.steering is None:
            return render(request, "demo/page.html", _context(reader, asked.errors, request.POST.dict()), status=400)
        kept.ask(asked.steering)
        messages.success(request, "Asked for. The feed takes it over within seconds; what was told stays as it is.")
        return redirect(ADDRESS)
    is_part = request.headers.get("HX-Target") == STATUS_ID
    return render(request, "demo/status.html" if is_part else "demo/page.html", _context(reader) | {"is_part": is_part})


@require_POST
@page(Permission.SEE_SOURCES)
def outage(request: HttpRequest, _reader: Reader) -> HttpResponse:
    """Holds a system away, or lets it speak again."""
    _require_demo()
    starts, source = request.POST.get("act") == "start", request.POST.get("source", "")
    asked = with_outage(_current(), source, starts=starts)
    if asked is None:
        return HttpResponseBadRequest("There is no such system in the sandbox.")
    kept.ask(asked)
    back = "is back: what it has to tell comes in a burst over the next minutes."
    messages.success(request, f"{presenting.name_of(source)} {'is away from now on.' if starts else back}")
    return redirect(ADDRESS)


@require_POST
@page(Permission.SEE_SOURCES)
def reset(request: HttpRequest, _reader: Reader) -> HttpResponse:
    """Everything as it is by default; nobody is held away."""
    _require_demo()
    kept.ask(kept.Steering())
    messages.success(request, "Every rate is as it was, and nobody is held away.")
    return redirect(ADDRESS)


def _require_demo() -> None:
    if not is_demo():
        raise Http404("There is no sandbox in this system.")


def _current() -> kept.Steering:
    """What was asked last, else as the feed is steered."""
    memory = kept.read_memory()
    return kept.read_steering() or (memory.steering() if memory else kept.Steering())


def _context(reader: Reader, errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    now, memory, report = reader.clock.now, kept.read_memory(), kept.read_report()
    asked = kept.read_steering()
    steering = _current()
    faults = presenting.fault_rows(memory, steering)
    typed, errors = typed or {}, errors or {}
    return {
        "answer": presenting.answer_of(memory, report, steering, now),
        "is_waiting": presenting.is_waiting(memory, asked),
        "progress": presenting.progress_of(memory),
        "memory": memory,
        "systems": presenting.systems(memory, steering, now),
        "faults": [(row, typed.get(row.fault.code, row.percent), errors.get(row.fault.code)) for row in faults],
        "recent": [(each, TITLES.get(each.fault, each.fault)) for each in memory.recent] if memory else [],
        "orders_per_hour": typed.get("orders_per_hour", f"{steering.orders_per_hour:g}"),
        "orders_error": errors.get("orders_per_hour"),
        "most_per_hour": f"{kept.MOST_PER_HOUR:g}",
        "is_steered": steering != kept.Steering(),
    }
