"""What people keep of the pages they read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from org.models import User


class SavedView(models.Model):
    """A filtered list that somebody named: the page and the query of its address."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    page = models.CharField(_("page"), max_length=40)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("query"), max_length=1000)

    class Meta:
        ordering = ["name"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
