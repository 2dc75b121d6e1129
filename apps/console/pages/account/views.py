"""My account: how the console looks and which time it tells, and where the password and second factor are changed."""

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Theme, User
from apps.console.access import Reader, page, user_of


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def account(request: HttpRequest, reader: Reader) -> HttpResponse:
    user = user_of(request)
    if request.method != "POST":
        return _shown(request, reader, zone=user.time_zone)
    zone, theme = request.POST.get("time_zone", "").strip(), request.POST.get("theme", "")
    if zone and zone not in available_timezones():
        error = f"“{zone}” is not a time zone: use an IANA name such as America/Chicago, or leave it empty."
        return _shown(request, reader, zone=zone, zone_error=error)
    if theme not in Theme.values:
        return HttpResponseBadRequest("No such theme.")
    User.objects.filter(pk=user.pk).update(time_zone=zone, theme=theme)
    messages.success(request, "Saved. Every time on screen is told in your zone.")
    return redirect("/account/")


def _shown(request: HttpRequest, reader: Reader, *, zone: str, zone_error: str = "") -> HttpResponse:
    context = {
        "zone": zone,
        "zone_error": zone_error,
        "zones": sorted(
            name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))
        ),
        "own_time": f"{reader.clock.local(reader.clock.now):%A, %H:%M %Z}",
        "zone_key": reader.clock.zone.key,
        "themes": [(Theme.SYSTEM.value, "As the system"), (Theme.LIGHT.value, "Light"), (Theme.DARK.value, "Dark")],
    }
    return render(request, "console/account/page.html", context, status=400 if zone_error else 200)


@require_POST
@page()
def set_theme(request: HttpRequest, _reader: Reader) -> HttpResponse:
    theme = request.POST.get("theme", "")
    if theme not in Theme.values:
        return HttpResponseBadRequest("No such theme.")
    User.objects.filter(pk=user_of(request).pk).update(theme=theme)
    return HttpResponse(status=204)
