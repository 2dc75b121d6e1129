"""The product's addresses with the sandbox's page, as they are where the demo is live."""

from django.urls import include, path

from distsync import urls

urlpatterns = [*urls.urlpatterns, path("", include("apps.demo.page.urls"))]
handler404 = urls.handler404
