"""Forms of inspection reports, activities, work logs and their review."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput, HouseForm
from inspections.enums import ActivityKind, Conclusion, Cooperation, Method
from inspections.selectors.reports import HEADER
from loans.enums import Classification, Regime

NOTHING = [("", "—")]


def _choice(label: Any, choices: list[tuple[str, Any]], **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[*NOTHING, *choices], required=False, **options)


def _text(label: Any, length: int, *, rows: int = 0, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, max_length=length, required=False, widget=widget, **options)


def _date(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DateInput(), **options)


class ReportForm(HouseForm):
    """Head and conclusion of a report; a draft may be as empty as it likes."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    visited_on = _date(_("Date of the inspection"))
    method = _choice(_("Method"), Method.choices)
    place = _text(_("Place"), 200)
    second_inspector = _text(_("Second inspector"), 60, help_text=_("Two persons inspect on site."))
    received_by = _text(
        _("Received by"), 200, help_text=_("Name and post; by telephone or video, whom you spoke to.")
    )
    cooperation = _choice(_("Cooperation"), Cooperation.choices)
    statements_on = _date(_("Newest financial statements of"), help_text=_("End of their period."))
    conclusion = _choice(_("Conclusion"), Conclusion.choices)
    summary = _text(
        _("Summary and recommendation"),
        4000,
        rows=4,
        help_text=_("What the findings mean for repayment, and what you recommend."),
    )
    proposed_class = _choice(_("Proposed class"), Classification.choices)
    proposed_regime = _choice(_("Proposed regime"), Regime.choices)

    head = HEADER[:7]
    end = HEADER[7:]

    def head_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.head]

    def header(self) -> dict[str, Any]:
        """The parts of the report that the form holds."""
        return {name: self.cleaned_data[name] for name in HEADER}


def typed_findings(data: QueryDict) -> dict[str, dict[str, str]]:
    """Answers and notes as they were sent: ``answer-A1``, ``note-A1``."""
    findings: dict[str, dict[str, str]] = {}
    for name, value in data.items():
        part, _sep, code = name.partition("-")
        if part in ("answer", "note") and code:
            findings.setdefault(code, {"answer": "", "note": ""})[part] = str(value)
    return findings


def typed_rows(data: QueryDict, prefix: str, keys: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a list that grows: ``fact-category``, ``fact-fact`` ... once for each row."""
    columns = [data.getlist(f"{prefix}-{key}") for key in keys]
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=False)]


class EvidenceForm(HouseForm):
    """A photo or a paper."""

    file = forms.FileField(label=_("Photo or document"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = settings.UPLOAD_MAX_BYTES
        self.fields["file"].help_text = _("PDF, picture or office document, up to %(mb)s MB.") % {
            "mb": limit // 1024 // 1024
        }
        self.fields["file"].widget.attrs |= {
            "data-max-bytes": str(limit),
            "data-too-large": _("This file is too large."),
        }


class ActivityForm(HouseForm):
    """What was done about a borrower, so that its log is asked for."""

    borrower_no = forms.CharField(label=_("Borrower no."), max_length=64)
    kind = forms.ChoiceField(label=_("Kind"), choices=ActivityKind.choices)
    began_on = _date(_("From"), help_text=_("Only for more than one day."))
    ended_on = forms.DateField(label=_("Date, or last day"), widget=DateInput())
    place = _text(_("Place"), 200)
    summary = _text(_("What was done"), 300)


class LogForm(HouseForm):
    """The text of a work log; about a recorded activity it is all there is to write."""

    place = _text(_("Place"), 200)
    persons = _text(_("Persons met"), 300)
    analysis = _text(_("Analysis"), 4000, rows=4)
    next_step = _text(_("Next step"), 2000, rows=2)

    parts = ("place", "persons", "analysis", "next_step")

    def content(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.parts}


class NewLogForm(LogForm):
    """A log that begins without a recorded activity also says what was done, for whom and when."""

    borrower_no = forms.CharField(label=_("Borrower no."), max_length=64)
    kind = forms.ChoiceField(label=_("Kind"), choices=ActivityKind.choices)
    activity_on = forms.DateField(label=_("Date"), widget=DateInput())


class StoredLogForm(LogForm):
    """A log that is written on."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ReviewForm(HouseForm):
    """A supervisor's opinion on the submission that was read."""

    opinion = forms.CharField(
        label=_("Opinion"),
        help_text=_("At least 10 characters; that you have seen it is no opinion."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    submission = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
