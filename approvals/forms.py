"""The form of a signature."""

from django import forms
from django.utils.translation import gettext_lazy as _

from approvals.enums import Outcome
from core.forms import HouseForm


class DecisionForm(HouseForm):
    """An opinion and the outcome of the button that was pressed; ``level`` is the level that was seen."""

    opinion = forms.CharField(
        label=_("Opinion"),
        help_text=_("At least 5 characters that say something; 'seen' or 'agreed' alone is none."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    outcome = forms.ChoiceField(choices=Outcome.choices, widget=forms.HiddenInput, required=False)
    level = forms.IntegerField(min_value=1, max_value=3, widget=forms.HiddenInput)
