"""Addresses of the exception queue and of its cases."""

from django.urls import path

from apps.console.pages.exceptions import acting, case, views

urlpatterns = [
    path("", views.case_list, name="exceptions"),
    path("<slug:number>/", case.case_page, name="exception"),
    path("<slug:number>/<slug:act>", acting.act_on_case, name="act_on_exception"),
]
