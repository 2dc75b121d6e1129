"""The pipeline page: whether DistSync itself keeps up, now and over the last hour, day or month."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.charts import figure
from apps.console.pages.pipeline.charts import charts
from apps.console.pages.pipeline.presenters import PERIOD, answer, shown_source, shown_worker, tiles
from apps.insights.pipeline import SOURCES_SHOWN, pipeline_figures
from apps.insights.ranges import HOUR, RANGES

REFRESH_SECONDS = {"hour": 5, "day": 60, "month": 300}  # a finer look than the slots change would only cost


@require_safe
@page(Permission.SEE_PIPELINE)
def pipeline(request: HttpRequest, reader: Reader) -> HttpResponse:
    """`range` is hour (so without it, or with another word), day or month."""
    span = RANGES.get(request.GET.get("range", ""), HOUR)
    found = pipeline_figures(span, now=reader.clock.now)
    drawn = charts(found, reader.clock)
    context = {
        "answer": answer(found, span, reader.clock),
        "tiles": tiles(found, span, reader.clock),
        "charts": [(chart, figure(chart, reader.clock)) for chart in drawn],
        "sources": [shown_source(each, found) for each in found.sources],
        "sources_count": found.sources_count,
        "sources_hidden": max(0, found.sources_count - SOURCES_SHOWN),
        "workers": [shown_worker(each, found) for each in found.workers],
        "sees_sources": reader.may(Permission.SEE_SOURCES),
        "range": span.name,
        "ranges": list(PERIOD.items()),
        "period": PERIOD[span.name],
        "refresh_seconds": REFRESH_SECONDS[span.name],
        "is_empty": found.is_empty and not found.workers and not found.now.pending,
    }
    return render(request, "console/pipeline/page.html", context)
