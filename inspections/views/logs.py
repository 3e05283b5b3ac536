"""Activities and work logs: the list, recording an activity, writing the log."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.errors import ApplicationError, Conflict
from core.forms import blame
from core.workplace import today
from inspections.enums import FactCategory
from inspections.filters import LogFilter
from inspections.forms import ActivityForm, LogForm, NewLogForm, StoredLogForm, typed_rows
from inspections.models import Activity, WorkLog
from inspections.permissions import require_activity, require_authorship, require_recorder
from inspections.selectors import logs as read
from inspections.services import draft_work_log, record_activity, submit_work_log, write_work_log
from inspections.services.worklogs import FACT_KEYS
from loans.models import Borrower
from loans.permissions import require_portfolio
from org.requests import StaffRequest


def get_log(request: StaffRequest, number: str) -> WorkLog:
    """The log if the reader may see it; 404 otherwise."""
    require_portfolio(request.user)
    log = read.visible_log(request.user, number)
    if log is None:
        raise Http404
    return log


@require_GET
def logs(request: StaffRequest) -> HttpResponse:
    """The own activities that ask for a log, and the logs that a person sees."""
    require_portfolio(request.user)
    narrowed = LogFilter(request.GET, queryset=WorkLog.objects.visible_to(request.user), request=request)
    context: dict[str, Any] = {"filter": narrowed, "page": read.log_page(narrowed.qs, request.GET)}
    if request.htmx.target == "list":
        return render(request, "inspections/_log_list.html", context)
    context["without_log"] = read.activities_without_log(request.user)
    context["to_review"] = read.logs_to_review(request.user, today(request))[: read.WITHOUT_LOG_SHOWN]
    return render(request, "inspections/log_list.html", context)


@require_http_methods(["GET", "POST"])
def activity(request: StaffRequest) -> HttpResponse:
    """Record what was done; its log is then owed."""
    require_portfolio(request.user)
    require_recorder(request.user)
    initial = {"borrower_no": request.GET.get("borrower", ""), "ended_on": today(request)}
    form = ActivityForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = _record(request, form)
        if done is not None:
            messages.success(request, _("Recorded as %(number)s.") % {"number": done.activity_no})
            return HttpResponseRedirect(f"{reverse('inspections:new_log')}?activity={done.activity_no}")
    return render(request, "inspections/activity.html", {"form": form}, status=422 if form.is_bound else 200)


def _record(request: StaffRequest, form: ActivityForm) -> Activity | None:
    data = dict(form.cleaned_data)
    borrower = _find_borrower(request, data.pop("borrower_no"))
    if borrower is None:
        form.add_error("borrower_no", _("You have no borrower with this number."))
        return None
    try:
        return record_activity(actor=request.user, business_date=today(request), borrower=borrower, **data)
    except ApplicationError as error:
        if error.status != ApplicationError.status:
            raise
        blame(form, error)
        return None


def _find_borrower(request: StaffRequest, number: str) -> Borrower | None:
    rows = Borrower.objects.visible_to(request.user).select_related("branch")
    return rows.filter(borrower_no=number.strip().replace("\0", "")).first()


@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """The empty log about an activity, or about a borrower; sent, it is a draft or handed in at once."""
    require_portfolio(request.user)
    require_recorder(request.user)
    about = _activity(request)
    if about is not None and (log := WorkLog.objects.filter(activity=about).first()):
        return _to_log(request, log)
    form = _new_form(request, about)
    if request.method == "POST" and form.is_valid():
        log = _draft(request, form, about)
        if log is not None:
            return _after(request, log)
    return _page(request, form, activity=about, status=422 if form.is_bound else 200)


def _activity(request: StaffRequest) -> Activity | None:
    number = request.GET.get("activity", "")
    if not number:
        return None
    rows = Activity.objects.visible_to(request.user).select_related("borrower__branch")
    found = rows.filter(activity_no=number.replace("\0", "")).first()
    if found is None:
        raise Http404
    require_activity(request.user, found)
    return found


def _to_log(request: StaffRequest, log: WorkLog) -> HttpResponse:
    writes = log.author_id == request.user.pk and log.state in ("draft", "returned")
    return HttpResponseRedirect(
        reverse("inspections:write_log" if writes else "inspections:log", args=[log.log_no])
    )


def _new_form(request: StaffRequest, about: Activity | None) -> LogForm:
    data = request.POST if request.method == "POST" else None
    if about is not None:
        return LogForm(data, initial={"place": about.place})
    initial = {"borrower_no": request.GET.get("borrower", ""), "activity_on": today(request)}
    return NewLogForm(data, initial=initial)


def _draft(request: StaffRequest, form: LogForm, about: Activity | None) -> WorkLog | None:
    """The log as a draft, submitted as well if that button was pressed; both or neither."""
    known: dict[str, Any] = {}
    if about is not None:
        known = {"borrower": about.borrower, "kind": about.kind, "activity_on": about.ended_on}
    else:
        known = {name: form.cleaned_data[name] for name in ("kind", "activity_on")}
        known["borrower"] = _find_borrower(request, form.cleaned_data["borrower_no"])
        if known["borrower"] is None:
            form.add_error("borrower_no", _("You have no borrower with this number."))
            return None
    who: dict[str, Any] = {"actor": request.user, "business_date": today(request)}
    facts = typed_rows(request.POST, "fact", FACT_KEYS)
    try:
        with transaction.atomic():
            log = draft_work_log(**who, **known, activity=about, facts=facts, **form.content())
            return submit_work_log(log, **who) if request.POST.get("act") == "submit" else log
    except ApplicationError as error:
        _blame(form, error)
        return None


def _blame(form: LogForm, error: ApplicationError) -> None:
    """Errors of the facts stand above the rows, others beside their field."""
    if error.status not in (ApplicationError.status, Conflict.status):
        raise error
    blame(form, error, ended_on="activity_on")


def _after(request: StaffRequest, log: WorkLog) -> HttpResponse:
    if log.state == "submitted":
        messages.success(request, _("The log is submitted for review."))
        return HttpResponseRedirect(reverse("inspections:log", args=[log.log_no]))
    messages.success(request, _("The draft is saved."))
    return HttpResponseRedirect(reverse("inspections:write_log", args=[log.log_no]))


@require_http_methods(["GET", "POST"])
def write(request: StaffRequest, number: str) -> HttpResponse:
    """A draft or a returned log; its buttons save it, or save and hand it in."""
    log = get_log(request, number)
    require_authorship(request.user, log)
    if log.state not in ("draft", "returned"):
        return HttpResponseRedirect(reverse("inspections:log", args=[number]))
    if request.method != "POST":
        initial = {name: getattr(log, name) for name in (*LogForm.parts, "version")}
        return _page(request, StoredLogForm(initial=initial), log=log)
    form = StoredLogForm(request.POST)
    if not form.is_valid():
        return _page(request, form, log=log, status=422)
    try:
        _save(request, log, form)
        if request.POST.get("act") == "submit":
            submit_work_log(log, actor=request.user, business_date=today(request))
    except ApplicationError as error:
        return _refused(request, log, form, error)
    return _after(request, log)


def _refused(request: StaffRequest, log: WorkLog, form: LogForm, error: ApplicationError) -> HttpResponse:
    """What was typed with what stands against it; on a conflict beside what is stored by now."""
    _blame(form, error)
    log.refresh_from_db()
    form.data = {**request.POST.dict(), "version": str(log.version)}
    differences = _differences(log, form) if error.status == Conflict.status else []
    return _page(request, form, log=log, status=error.status, differences=differences)


@require_POST
def save(request: StaffRequest, number: str) -> HttpResponse:
    """Keep what stands in the form while it is being typed."""
    log = get_log(request, number)
    require_authorship(request.user, log)
    form = StoredLogForm(request.POST)
    context: dict[str, Any] = {"report": log, "saved_at": clock.now()}
    status = 200
    if form.is_valid():
        try:
            _save(request, log, form)
        except Conflict as error:
            status = error.status
            log.refresh_from_db()
            context |= {"conflict": str(error.message), "differences": _differences(log, form)}
        except ApplicationError as error:
            _blame(form, error)
    context["errors"] = form.errors
    return render(request, "inspections/_save_state.html", context, status=status)


def _save(request: StaffRequest, log: WorkLog, form: LogForm) -> None:
    write_work_log(
        log,
        actor=request.user,
        business_date=today(request),
        version=form.cleaned_data["version"],
        facts=typed_rows(request.POST, "fact", FACT_KEYS),
        **form.content(),
    )


def _differences(log: WorkLog, form: LogForm) -> list[dict[str, str]]:
    pairs = [(form[name].label, getattr(log, name), str(form[name].value() or "")) for name in LogForm.parts]
    return [{"label": str(label), "stored": a, "typed": b} for label, a, b in pairs if a != b]


def _page(
    request: StaffRequest,
    form: LogForm,
    *,
    log: WorkLog | None = None,
    activity: Activity | None = None,
    status: int = 200,
    differences: list[dict[str, str]] | None = None,
) -> HttpResponse:
    stored = log.facts if log is not None else []
    facts = typed_rows(request.POST, "fact", FACT_KEYS) if request.method == "POST" else stored
    context = {
        "form": form,
        "log": log,
        "activity": activity,
        "borrower": log.borrower if log else activity.borrower if activity else None,
        "facts": facts or [{}],
        "categories": FactCategory.choices,
        "differences": differences or [],
        "reviews": log.reviews.select_related("reviewer") if log else [],
    }
    return render(request, "inspections/log_form.html", context, status=status)


@require_GET
def fact_row(request: StaffRequest) -> HttpResponse:
    """One more empty row of the list of facts."""
    require_portfolio(request.user)
    context = {"row": {}, "categories": FactCategory.choices}
    return render(request, "inspections/_fact_row.html", context)
