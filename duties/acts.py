"""The registry of forms: which page discharges a duty, told by the app that owns the page.

Every app registers its codes in ``ready()``. A duty with a form is discharged there, because the form keeps
the record that proves it; only a code that nobody registered is marked done by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import ApplicationError
from duties.models import Duty

UrlFor = Callable[[Duty], str]


@dataclass(frozen=True)
class Act:
    """What a reader is offered: where the form stands and what its button says."""

    url: str
    label: str


_forms: dict[str, tuple[UrlFor, Any]] = {}


def register(code: str, url_for: UrlFor, label: Any) -> None:
    """Tell which page discharges duties of a code.

    ``url_for(duty)`` gives the page and asks the database nothing, because lists call it for every line;
    ``label`` is the lazy text of the button, such as ``Write the report``.
    """
    _forms[code] = (url_for, label)


def act_of(duty: Duty) -> Act | None:
    """The form that discharges the duty; None when it is marked done by hand."""
    form = _forms.get(duty.code)
    if form is None:
        return None
    url_for, label = form
    return Act(url_for(duty), str(label))


def require_by_hand(duty: Duty) -> None:
    """ApplicationError("has_form") when the duty is discharged in a form of its own."""
    if duty.code in _forms:
        raise ApplicationError(
            "has_form", _("This duty is discharged in its own form, which keeps the record of it.")
        )
