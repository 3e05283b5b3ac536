"""Forms about letters: contact, sending, receipt, reissue."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from collections_app.enums import DeliveryMethod, DeliveryOutcome
from collections_app.models import Notice, NoticeDelivery
from collections_app.services.delivering import Attempt, Signature, capacities_for, methods_for
from core.forms import DateInput, HouseForm


class UploadField(forms.FileField):
    """A file of evidence; the browser says before the upload that one is too large."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        limit = settings.UPLOAD_MAX_BYTES
        self.help_text = _("PDF or picture, up to %(mb)s MB.") % {"mb": limit // 1024 // 1024}
        self.widget.attrs |= {"data-max-bytes": str(limit), "data-too-large": _("This file is too large.")}


class BatchForm(HouseForm):
    """The chosen duties; ``token`` makes the same form sent twice one batch."""

    token = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)
    duty = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.getlist("duty") if self.is_bound else []  # type: ignore[attr-defined]
        # The scope decides what may be chosen; here a number only has to be one.
        plain = [(n, n) for n in chosen if n.isdecimal() and len(n) < 19]
        self.fields["duty"].choices = plain  # type: ignore[attr-defined]


class _AttemptForm(HouseForm):
    """How a letter went, or who was told."""

    method = forms.ChoiceField(label=_("Way"))
    on = forms.DateField(label=_("Date"), widget=DateInput)
    person = forms.CharField(
        label=_("Met or spoken to"),
        help_text=_("Name of whoever took it or answered."),
        max_length=120,
        required=False,
    )

    def __init__(self, *args: Any, kind: str, letter: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        methods = methods_for(kind, letter=letter)
        self.fields["method"].choices = [(one, DeliveryMethod(one).label) for one in methods]  # type: ignore[attr-defined]


class ContactForm(_AttemptForm):
    """A reminder without a letter."""

    note = forms.CharField(
        label=_("What was answered"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    proof = UploadField(label=_("Proof (file)"), required=False)

    @property
    def typed(self) -> str:
        return str(self["note"].value() or "")

    def attempt(self) -> Attempt:
        data = self.cleaned_data
        return Attempt(
            method=data["method"],
            on=data["on"],
            outcome=DeliveryOutcome.DELIVERED,
            person=data["person"],
            note=data["note"],
            proof=data["proof"],
        )


class DeliveryForm(_AttemptForm):
    """How a letter was sent, or what became of it."""

    outcome = forms.ChoiceField(label=_("Result"), choices=DeliveryOutcome.choices)
    tracking_no = forms.CharField(
        label=_("Tracking no."), help_text=_("For EMS and registered mail."), max_length=40, required=False
    )
    note = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )
    proof = UploadField(label=_("Proof (file)"), required=False)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    field_order = ("method", "on", "outcome", "tracking_no", "person", "note", "proof", "version")

    @property
    def typed(self) -> str:
        return str(self["note"].value() or "")

    def attempt(self) -> Attempt:
        data = self.cleaned_data
        return Attempt(
            method=data["method"],
            on=data["on"],
            outcome=data["outcome"],
            person=data["person"],
            tracking_no=data["tracking_no"],
            note=data["note"],
            proof=data["proof"],
        )


class ReceiptForm(HouseForm):
    """A receipt that came back."""

    signed_on = forms.DateField(label=_("Signed on"), widget=DateInput)
    signed_by = forms.CharField(label=_("Signed by"), max_length=120)
    capacity = forms.ChoiceField(label=_("Capacity"))
    sealed = forms.BooleanField(
        label=_("The company's seal is on it"),
        help_text=_("A company signs and seals; without the seal the receipt stays to be chased."),
        required=False,
    )
    scan = UploadField(label=_("Scan of the receipt"))
    note = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, notice: Notice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["capacity"].choices = [(c, c.label) for c in capacities_for(notice)]  # type: ignore[attr-defined]
        if notice.addressee_personal:
            del self.fields["sealed"]

    @property
    def typed(self) -> str:
        return str(self["note"].value() or "")

    def signature(self) -> Signature:
        data = self.cleaned_data
        scan: UploadedFile = data["scan"]
        return Signature(
            signed_on=data["signed_on"],
            signed_by=data["signed_by"],
            capacity=data["capacity"],
            sealed=data.get("sealed", False),
            scan=scan,
            note=data["note"],
        )


class ReissueForm(HouseForm):
    """Why a letter is issued anew."""

    reason = forms.CharField(
        label=_("What was wrong"), min_length=5, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    @property
    def typed(self) -> str:
        return str(self["reason"].value() or "")


def delivery_start(notice: Notice, last: NoticeDelivery | None, today: dt.date) -> dict[str, Any]:
    """What a fresh delivery form shows: the first sending, or what became of the last one."""
    fresh = {"version": notice.version, "on": today}
    if last is not None and last.outcome == DeliveryOutcome.SENT:
        known = {"method": last.method, "tracking_no": last.tracking_no}
        return {**fresh, **known, "outcome": DeliveryOutcome.DELIVERED}
    return {**fresh, "method": DeliveryMethod.EMS, "outcome": DeliveryOutcome.SENT}
