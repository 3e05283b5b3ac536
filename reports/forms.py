"""Forms of the workbench."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.forms import HouseForm


class SaveViewForm(HouseForm):
    """The name under which a filtered list is kept."""

    name = forms.CharField(label=_("Name of the view"), max_length=40)
    query = forms.CharField(max_length=1000, widget=forms.HiddenInput)


class VersionedForm(HouseForm):
    """Carries the version of the record that the person saw when they began to type."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    text_field = ""

    @property
    def typed(self) -> str:
        """What the person wrote, for the comparison when the record changed meanwhile."""
        return str(self[self.text_field].value() or "")


class CompleteForm(VersionedForm):
    """Marks a duty done: what was done, and a document where there is one."""

    text_field = "note"

    note = forms.CharField(
        label=_("What was done"),
        help_text=_("When, with whom, with what result; at least 5 characters."),
        max_length=2000,
        min_length=5,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    evidence = forms.FileField(label=_("Evidence (file)"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        limit = settings.UPLOAD_MAX_BYTES
        self.fields["evidence"].help_text = _("PDF, picture or office document, up to %(mb)s MB.") % {
            "mb": limit // 1024 // 1024
        }
        self.fields["evidence"].widget.attrs |= {
            "data-max-bytes": str(limit),
            "data-too-large": _("This file is too large."),
        }


class WaiverForm(VersionedForm):
    """Asks for a waiver; another person decides (CAL-8)."""

    text_field = "reason"

    reason = forms.CharField(
        label=_("Why the duty should be waived"),
        help_text=_("Another person decides; until then the duty stays open and its deadline stands."),
        max_length=2000,
        min_length=5,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
