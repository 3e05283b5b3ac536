"""The home page: what the person owes, ordered by urgency."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.workplace import today
from duties.enums import DutyState
from duties.models import Duty
from org.requests import StaffRequest
from reports.filters import WorkFilter
from reports.forms import SaveViewForm
from reports.models import SavedView
from reports.permissions import acts_on_duties, sees_operation, sees_team, sees_work
from reports.selectors import operations
from reports.selectors import workbench as selectors

PAGE_NAME = "workbench"


@require_GET
def workbench(request: StaffRequest) -> HttpResponse:
    """The list with its counts and filters; an htmx request gets the list alone.

    Whoever runs the product and sees no customer has the operation at a glance instead.
    """
    if not sees_work(request.user):
        return _without_customers(request)
    context = _context(request)
    template = "reports/_work.html" if request.htmx.target == "work" else "reports/workbench.html"
    return render(request, template, context)


def _without_customers(request: StaffRequest) -> HttpResponse:
    if sees_operation(request.user):
        return render(request, "reports/operations.html", operations.overview(today(request)))
    return render(request, "reports/no_role.html")


def _context(request: StaffRequest) -> dict[str, Any]:
    user, now = request.user, today(request)
    visible: QuerySet[Duty] = Duty.objects.visible_to(user)
    narrowed = WorkFilter(request.GET, queryset=visible, request=request)
    section = request.GET.get("section", "")
    duties = narrowed.qs
    page = selectors.worklist(
        duties, state=narrowed.wanted_state, section=section, today=now, params=request.GET
    )
    return {
        "filter": narrowed,
        "page": page,
        "section": section if section in selectors.SECTIONS else "",
        "counts": selectors.section_counts(duties, today=now, user=user),
        "open_list": narrowed.wanted_state == DutyState.OPEN,
        "team": sees_team(user),
        "acts": acts_on_duties(user),
        "saved": selectors.saved_views(user, PAGE_NAME),
        "query": _kept_query(request),
    }


def _kept_query(request: StaffRequest) -> str:
    """The address's query without the place in the list."""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    return query.urlencode()


@require_GET
def behind(request: StaffRequest) -> HttpResponse:
    """Who of the team is behind; a part of the workbench that loads by itself."""
    rows = []
    if sees_team(request.user):
        rows = selectors.behind(Duty.objects.visible_to(request.user), today(request))
    return render(request, "reports/_behind.html", {"rows": rows})


@require_POST
def save_view(request: StaffRequest) -> HttpResponse:
    """Keep the filtered list under a name; the same name again replaces it."""
    form = SaveViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The view was not saved: give it a name of at most 40 characters."))
        return HttpResponseRedirect(reverse("reports:workbench"))
    query = QueryDict(form.cleaned_data["query"]).urlencode()
    SavedView.objects.update_or_create(
        owner=request.user, page=PAGE_NAME, name=form.cleaned_data["name"], defaults={"query": query}
    )
    messages.success(request, _("The view '%(name)s' was saved.") % {"name": form.cleaned_data["name"]})
    return HttpResponseRedirect(f"{reverse('reports:workbench')}?{query}")


@require_POST
def delete_view(request: StaffRequest, pk: int) -> HttpResponse:
    """Forget one of the own saved views."""
    deleted, _rows = SavedView.objects.filter(pk=pk, owner=request.user).delete()
    if deleted:
        messages.success(request, _("The saved view was removed."))
    return HttpResponseRedirect(reverse("reports:workbench"))
