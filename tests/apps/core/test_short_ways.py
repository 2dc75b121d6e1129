"""The short way of machines: it leads to the view that the URL configuration names, and past nothing that protects."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve
from django.utils.module_loading import import_string


@pytest.mark.parametrize("path", settings.SHORT_WAYS)
def test_it_leads_where_the_url_configuration_leads(path: str) -> None:
    assert resolve(path).func is import_string(settings.SHORT_WAYS[path])


@pytest.mark.parametrize("path", settings.SHORT_WAYS)
def test_its_answers_carry_the_headers_of_all_others(client: Client, path: str) -> None:
    answer = client.post(path, data=b"[]", content_type="application/cloudevents-batch+json")
    assert answer.status_code == 401
    for name in ("X-Request-ID", "X-Frame-Options", "X-Content-Type-Options", "Permissions-Policy", "Content-Length"):
        assert answer.headers[name], name
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_host_that_is_not_ours_is_refused_there_too(client: Client) -> None:
    assert client.post("/api/v1/events", headers={"host": "elsewhere.example"}).status_code == 400
