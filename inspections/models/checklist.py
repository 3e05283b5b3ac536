"""The questions of an inspection, held as data: a report keeps the version that it answered."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from inspections.enums import AnswerKind
from loans.enums import BorrowerType


class Checklist(models.Model):
    """One version of the questions for corporate or personal borrowers (rule book 4.1, 4.2)."""

    audience = models.CharField(_("borrowers"), max_length=12, choices=BorrowerType)
    version = models.PositiveSmallIntegerField(_("version"))
    effective_from = models.DateField(_("effective from"))

    class Meta:
        ordering = ["audience", "version"]
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        constraints = [models.UniqueConstraint(fields=["audience", "version"], name="checklist_version_once")]

    def __str__(self) -> str:
        return f"{self.audience} v{self.version}"

    @classmethod
    def in_force(cls, audience: str, on: dt.date) -> "Checklist":
        """The newest version for an audience; DoesNotExist before the first."""
        return cls.objects.filter(audience=audience, effective_from__lte=on).latest("effective_from", "pk")


class ChecklistItem(models.Model):
    """One question.

    ``mandatory`` lists the kinds of report that must answer it, ``needs`` what the borrower must have for
    that (``guarantee``, ``collateral``). ``choices`` is a list of [code, Chinese, English];
    ``adverse`` lists the answers that need a remark. ``needs_source`` asks where a figure comes from.
    """

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="items")
    place = models.PositiveSmallIntegerField(_("place"))
    section = models.CharField(_("section"), max_length=2)
    section_zh = models.CharField(max_length=60)
    section_en = models.CharField(max_length=80)
    code = models.CharField(_("code"), max_length=8)
    question_zh = models.CharField(_("question"), max_length=200)
    question_en = models.CharField(max_length=240)
    answer = models.CharField(_("answer"), max_length=8, choices=AnswerKind)
    unit_zh = models.CharField(_("unit"), max_length=12, blank=True, default="")
    unit_en = models.CharField(max_length=20, blank=True, default="")
    choices = models.JSONField(default=list)
    adverse = models.JSONField(default=list)
    mandatory = models.JSONField(default=list)
    needs = models.CharField(max_length=12, blank=True, default="")
    needs_source = models.BooleanField(default=False)

    class Meta:
        ordering = ["checklist", "place"]
        verbose_name = _("checklist question")
        verbose_name_plural = _("checklist questions")
        constraints = [models.UniqueConstraint(fields=["checklist", "code"], name="checklist_item_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.question_zh}"

    @property
    def question(self) -> str:
        return _own_language(self.question_zh, self.question_en)

    @property
    def section_title(self) -> str:
        return _own_language(self.section_zh, self.section_en)

    @property
    def unit(self) -> str:
        return _own_language(self.unit_zh, self.unit_en)

    @property
    def options(self) -> list[tuple[str, Any]]:
        """The answers to choose from, as code and words of the reader's language."""
        if self.answer == AnswerKind.YES_NO:
            return [("yes", _("Yes")), ("no", _("No"))]
        return [(code, _own_language(zh, en)) for code, zh, en in self.choices]

    def worded(self, answer: str) -> str:
        """An answer as people read it: a choice by its words, a figure with its unit."""
        if self.answer == AnswerKind.FIGURE and answer:
            return f"{answer} {self.unit}".strip()
        return str(dict(self.options).get(answer, answer))


def _own_language(zh: str, en: str) -> str:
    return en if (get_language() or "").startswith("en") else zh
