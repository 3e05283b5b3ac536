"""The look of every form: one renderer, one template per field, classes of the design system."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core.errors import ApplicationError


class HouseRenderer(TemplatesSetting):
    """Renders a field with its label, hint and errors together."""

    field_template_name = "partials/field.html"
    form_template_name = "partials/form.html"


class HouseFormMixin:
    """Gives the widgets the classes of the design system."""

    default_renderer: Any = HouseRenderer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            _dress(field.widget)


class HouseForm(HouseFormMixin, forms.Form):
    """Base of the product's forms."""


def _dress(widget: forms.Widget) -> None:
    for part in getattr(widget, "widgets", [widget]):
        if isinstance(part, forms.RadioSelect | forms.CheckboxSelectMultiple):
            css = "choices"  # Django writes it at the list and at each of its buttons
        elif isinstance(part, forms.CheckboxInput):
            css = "form-check-input"
        elif isinstance(part, forms.Select):
            css = "form-select"
        else:
            css = "form-control"
        part.attrs["class"] = f"{part.attrs.get('class', '')} {css}".strip()


class DateInput(forms.DateInput):
    """The browser's own date picker; the value is always ISO."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class QuickSelect(forms.Select):
    """A select for hundreds of choices: the options are written in one go, not by a template each."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        final = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, mark_safe(" selected") if str(key or "") == chosen else "", label)
                for key, label in self.choices
            ),
        )
        return format_html("<select{}>{}</select>", flatatt(final), options)


def blame(form: forms.Form, error: ApplicationError, **names: str) -> None:
    """Put an application error beside the field it speaks of, else on top of the form.

    ``names`` tells which field of the form a field of the error is (``file="evidence"``).
    """
    fields = {names.get(name, name): texts for name, texts in error.details.items()}
    beside = {name: texts for name, texts in fields.items() if name in form.fields}
    for name, texts in beside.items():
        form.add_error(name, texts)
    if not beside:
        form.add_error(None, str(error.message))
