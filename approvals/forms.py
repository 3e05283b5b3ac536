"""The form of a signature."""

from django import forms
from django.utils.translation import gettext_lazy as _

from approvals.enums import Outcome
from core.forms import HouseForm


class DecisionForm(HouseForm):
    """An opinion and the outcome of the button that was pressed.

    ``level`` is the level or submission that was seen, ``after`` what comes up next.
    """

    opinion = forms.CharField(
        label=_("Opinion"),
        help_text=_("At least 5 characters that say something; 'seen' or 'agreed' alone is none."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    outcome = forms.ChoiceField(choices=Outcome.choices, widget=forms.HiddenInput, required=False)
    level = forms.IntegerField(min_value=1, max_value=999, widget=forms.HiddenInput)
    after = forms.CharField(max_length=120, widget=forms.HiddenInput, required=False)


class TogetherForm(HouseForm):
    """One opinion for several records that were opened."""

    opinion = forms.CharField(label=_("One opinion for all of them"), max_length=2000)
