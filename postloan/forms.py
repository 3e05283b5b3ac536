"""Forms of the operation pages."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput, HouseForm
from core.importers import MAX_BYTES, NAME_LENGTH, YEARS

SOURCE_LENGTH = 120


class RunForm(HouseForm):
    """Up to which date the daily run shall catch up."""

    to = forms.DateField(
        label=_("Up to"),
        required=False,
        widget=DateInput,
        help_text=_("Empty: up to the newest complete delivery."),
    )
    without_delivery = forms.BooleanField(
        label=_("Also days without a delivery"),
        required=False,
        help_text=_("Nothing that depends on non-payment is judged on them."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("without_delivery") and not values.get("to") and "to" not in self.errors:
            self.add_error("to", _("Say up to which date, when days without a delivery shall be closed."))
        return values


class CalendarFileForm(HouseForm):
    """One year of the State Council's calendar."""

    file = forms.FileField(
        label=_("Calendar of one year (CSV)"),
        help_text=_(
            "UTF-8 with the columns date, is_workday (1 or 0) and name. Days that are missing follow Monday"
            " to Friday, so the file may name the exceptions only."
        ),
    )
    source = forms.CharField(
        label=_("Notice that this follows"),
        max_length=SOURCE_LENGTH,
        help_text=_("Title and number of the notice."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs |= {
            "accept": ".csv,text/csv",
            "data-max-bytes": str(min(MAX_BYTES, settings.UPLOAD_MAX_BYTES)),
            "data-too-large": _("This file is too large."),
        }


class CalendarDayForm(HouseForm):
    """One day that changes."""

    date = forms.DateField(label=_("Date"), widget=DateInput)
    is_workday = forms.TypedChoiceField(
        label=_("The bank"),
        choices=[("1", _("works")), ("0", _("is closed"))],
        coerce=lambda value: value == "1",
    )
    name = forms.CharField(label=_("Name of the day"), max_length=NAME_LENGTH, required=False)
    source = forms.CharField(label=_("Notice that this follows"), max_length=SOURCE_LENGTH)

    def clean_date(self) -> dt.date:
        date: dt.date = self.cleaned_data["date"]
        if date.year not in YEARS:
            raise forms.ValidationError(
                _("A date from %(first)s to %(last)s is expected.")
                % {"first": YEARS.start, "last": YEARS.stop - 1}
            )
        return date
