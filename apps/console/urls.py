"""The console's pages. `/` leads to the orders until there is an overview."""

from django.urls import include, path
from django.views.generic import RedirectView

from apps.console.pages.account import views as account
from apps.console.pages.audit import views as audit
from apps.console.pages.calendars import views as calendars
from apps.console.pages.commitments import views as commitments
from apps.console.pages.contracts import views as contracts
from apps.console.pages.messages import views as messages
from apps.console.pages.orders import views as orders
from apps.console.pages.ownership import views as ownership
from apps.console.pages.pipeline import views as pipeline
from apps.console.pages.release_status import views as release_status
from apps.console.pages.search import views as search
from apps.console.pages.sources import views as sources
from apps.console.pages.trace import views as trace

app_name = "console"
urlpatterns = [
    path("", RedirectView.as_view(url="/orders/", query_string=True), name="home"),
    path("search/", search.hits, name="search"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/export.csv", orders.order_export, name="orders_export"),
    path("orders/views/", orders.save_view, name="save_view"),
    path("orders/views/<int:view_id>/", orders.change_view, name="change_view"),
    path("orders/<identifier:handle>/", trace.order_trace, name="order"),
    path("exceptions/", include("apps.console.pages.exceptions.urls")),
    path("release-status/", release_status.release_status, name="release_status"),
    path("messages/", messages.message_list, name="messages"),
    path("messages/<slug:key>/", messages.message, name="message"),
    path("messages/<slug:key>/body", messages.message_body, name="message_body"),
    path("contracts/", contracts.contract_list, name="contracts"),
    path("contracts/<str:wire_type>/", contracts.contract, name="contract"),
    path("sources/", sources.source_list, name="sources"),
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("audit/", audit.audit_log, name="audit"),
    path("audit/export.csv", audit.audit_export, name="audit_export"),
    path("commitments/", commitments.commitment_list, name="commitments"),
    path("commitments/new", commitments.new_commitment, name="new_commitment"),
    path("commitments/measured", commitments.override, name="measured"),
    path("commitments/<identifier:name>/", commitments.commitment, name="commitment"),
    path("commitments/<identifier:name>/change", commitments.change_commitment, name="change_commitment"),
    path("commitments/<identifier:name>/move", commitments.move, name="move_commitment"),
    path("commitments/<identifier:name>/end", commitments.end, name="end_commitment"),
    path("calendars/", calendars.calendar_list, name="calendars"),
    path("calendars/<identifier:name>/", calendars.calendar, name="calendar"),
    path("calendars/<identifier:name>/change", calendars.change_calendar, name="change_calendar"),
    path("calendars/<identifier:partner>/status", calendars.change_status, name="change_status"),
    path("ownership/", ownership.ownership, name="ownership"),
    path("ownership/change", ownership.change_ownership, name="change_ownership"),
    path("notifications/", include("apps.console.pages.notifications.urls")),
    path("account/", account.account, name="account"),
    path("account/theme", account.set_theme, name="theme"),
]
