"""Forms of loans, borrowers and deliveries."""

import datetime as dt

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core import clock
from core.forms import DateInput, HouseForm
from core.selectors import business_date

EARLIEST = dt.date(2000, 1, 1)
LATEST_AHEAD = dt.timedelta(days=31)
MODES = (
    ("all-or-nothing", _("All or nothing: one rejected row refuses the whole delivery")),
    ("partial", _("In part: rejected rows are left out and reported")),
)


class RevealForm(HouseForm):
    """Why a masked number must be seen in full; the reason is audited."""

    reason = forms.CharField(
        label=_("Why you need to see it"),
        help_text=_("The reason is kept in the audit trail with your name."),
        min_length=5,
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DeliveryForm(HouseForm):
    """A core-banking delivery to be checked or applied."""

    file = forms.FileField(label=_("Delivery (zip or xlsx)"))
    mode = forms.ChoiceField(label=_("Mode"), choices=MODES, widget=forms.RadioSelect)
    date = forms.DateField(
        label=_("Date of the delivery"),
        required=False,
        widget=DateInput,
        help_text=_("Only when neither the manifest nor the file's name has it."),
    )
    dry_run = forms.BooleanField(
        label=_("Dry run: check and report only"),
        required=False,
        help_text=_("Nothing is written to the book."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].initial = MODES[0][0]
        self.fields["date"].widget.attrs |= {"min": EARLIEST.isoformat()}
        limit = settings.DELIVERY_MAX_BYTES
        self.fields["file"].help_text = _("Up to %(mb)s MB.") % {"mb": limit // 1024 // 1024}
        self.fields["file"].widget.attrs |= {
            "accept": ".zip,.xlsx",
            "data-max-bytes": str(limit),
            "data-too-large": _("This file is too large."),
        }

    def clean_date(self) -> dt.date | None:
        """A slip of the year would make every later delivery too old, so dates far ahead are refused."""
        date: dt.date | None = self.cleaned_data["date"]
        latest = max(clock.today(), business_date()) + LATEST_AHEAD
        if date is not None and not EARLIEST <= date <= latest:
            raise forms.ValidationError(
                _("A date from %(first)s to %(last)s is expected.") % {"first": EARLIEST, "last": latest}
            )
        return date
