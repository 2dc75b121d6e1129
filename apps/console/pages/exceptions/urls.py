"""Addresses of the exception queue and of its cases."""

from django.urls import path

from apps.console.pages.exceptions import acting, bulk, case, people, playbook, views

urlpatterns = [
    path("", views.case_list, name="exceptions"),
    path("export.csv", views.case_export, name="exceptions_export"),
    path("rows", views.case_rows, name="exception_rows"),
    path("people", people.people, name="exception_people"),
    path("views/", views.save_view, name="save_exception_view"),
    path("views/<int:view_id>/", views.change_view, name="change_exception_view"),
    path("incidents/<slug:incident>/cases", views.incident_rows, name="incident_rows"),
    path("bulk", bulk.act_on_cases, name="act_on_exceptions"),
    path("undo", acting.take_back, name="undo_exceptions"),
    path("<slug:number>/", case.case_page, name="exception"),
    path("<slug:number>/playbook", playbook.edit_playbook, name="edit_playbook"),
    path("<slug:number>/<slug:act>", acting.act_on_case, name="act_on_exception"),
]
