"""The console's pages. `/` leads to the orders until there is an overview."""

from django.urls import include, path
from django.views.generic import RedirectView

from apps.console.pages.account import views as account
from apps.console.pages.audit import views as audit
from apps.console.pages.contracts import views as contracts
from apps.console.pages.messages import views as messages
from apps.console.pages.orders import views as orders
from apps.console.pages.pipeline import views as pipeline
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
    path("messages/", messages.message_list, name="messages"),
    path("messages/<slug:key>/", messages.message, name="message"),
    path("messages/<slug:key>/body", messages.message_body, name="message_body"),
    path("contracts/", contracts.contract_list, name="contracts"),
    path("contracts/<str:wire_type>/", contracts.contract, name="contract"),
    path("sources/", sources.source_list, name="sources"),
    path("pipeline/", pipeline.pipeline, name="pipeline"),
    path("audit/", audit.audit_log, name="audit"),
    path("audit/export.csv", audit.audit_export, name="audit_export"),
    path("account/", account.account, name="account"),
    path("account/theme", account.set_theme, name="theme"),
]
