"""How letters read on a page."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collections_app.enums import NoticeKind, NoticeState
from collections_app.models import Notice

register = template.Library()

TONES: dict[str, str] = {
    NoticeState.ISSUED: "tag-accent",
    NoticeState.SENT: "tag-accent",
    NoticeState.DELIVERED: "tag-good",
    NoticeState.RECEIPTED: "tag-good",
    NoticeState.CONTACTED: "tag-good",
    NoticeState.REFUSED: "tag-care",
    NoticeState.UNDELIVERABLE: "tag-care",
    NoticeState.VOID: "",
}
ACTS = {
    "notice.delivery_recorded": gettext_lazy("Sending recorded"),
    "notice.receipt_recorded": gettext_lazy("Receipt recorded"),
    "notice.contact_recorded": gettext_lazy("Contact recorded"),
    "notice.reissued": gettext_lazy("Letter reissued"),
}


@register.filter
def letter_kind(code: str) -> str:
    """What the letter of a duty's code is called."""
    return str(NoticeKind(code).label) if code in NoticeKind.values else code


@register.simple_tag
def letter_state(notice: Notice) -> SafeString:
    """The state as a badge; a receipt without the company's seal says so."""
    label, tone = str(NoticeState(notice.state).label), TONES[notice.state]
    if notice.state == NoticeState.RECEIPTED and not notice.receipt_complete:
        label, tone = _("Receipt without seal"), "tag-care"
    return format_html('<span class="tag {}">{}</span>', tone, label)


@register.filter
def letter_act(action: str) -> str:
    """An audited act on a letter in words."""
    return str(ACTS.get(action, action))
