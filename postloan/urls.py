"""All URLs. Every one needs a login unless it says otherwise (LoginRequiredMiddleware)."""

from django.contrib import admin
from django.urls import include, path

from core.views import healthz
from postloan.api import views as api
from postloan.views import audit, calendar, choices, runs

handler400, handler404, handler500 = api.bad_request, api.page_not_found, api.server_error

calendar_pages = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/upload/", calendar.upload, name="calendar_upload"),
    path("calendar/day/", calendar.change_day, name="calendar_day"),
]
operation_pages = [
    path("runs/", runs.runs, name="runs"),
    path("runs/state/", runs.state, name="run_state"),
    path("runs/<str:date>/", runs.run, name="run"),
    path("audit/", audit.trail, name="audit"),
    path("audit/chains/", audit.chains, name="audit_chains"),
    path("audit/verify/", audit.verify, name="audit_verify"),
    path("audit/<int:pk>/", audit.event, name="audit_event"),
    path("api/docs/", api.docs, name="api_docs"),
    path("choose/language/", choices.language, name="language"),
    path("choose/unit/", choices.money_unit, name="money_unit"),
]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("org.urls")),
    path("", include("documents.urls")),
    path("", include("approvals.urls")),
    path("", include("loans.urls")),
    path("", include("inspections.urls")),
    path("", include("collections_app.urls")),
    path("", include("reports.urls")),
    # The calendar is core's; its page stands here, because a change goes through the approvals above core.
    path("", include((calendar_pages, "core"))),
    path("", include((operation_pages, "postloan"))),
    path("backoffice/", admin.site.urls),
    path("api/", include("postloan.api.urls")),
]
