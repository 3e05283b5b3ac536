"""The working-day calendar: the bank's own data (CAL-1)."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

# The names that the seeded years use; a bank may write others, which are shown as they stand.
HOLIDAYS = (
    gettext_noop("New Year's Day"),
    gettext_noop("Spring Festival"),
    gettext_noop("Tomb-sweeping Day"),
    gettext_noop("Labour Day"),
    gettext_noop("Dragon Boat Festival"),
    gettext_noop("Mid-autumn Festival"),
    gettext_noop("National Day"),
    gettext_noop("Anti-Fascist 70th Day"),
)


class BusinessDay(models.Model):
    """One calendar date and whether the bank works on it, make-up days included.

    A year whose rows are not ``confirmed`` (the State Council's notice is not out yet) gives provisional
    deadlines; so does a year without rows.
    """

    date = models.DateField(_("date"), primary_key=True)
    is_workday = models.BooleanField(_("working day"))
    name = models.CharField(_("name"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=120, blank=True)
    confirmed = models.BooleanField(_("confirmed"), default=True)

    class Meta:
        ordering = ["date"]
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")

    def __str__(self) -> str:
        return self.date.isoformat()

    @property
    def label(self) -> str:
        """The holiday's name in the reader's language."""
        return gettext(self.name) if self.name else ""


class CalendarVersion(models.Model):
    """The single row whose token changes with every change of a calendar day (by trigger, however it was
    made), so that processes know when to read the calendar again."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    token = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="calendar_version_single_row")]

    def __str__(self) -> str:
        return str(self.token)
