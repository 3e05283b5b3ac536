"""How the portfolio is looked at."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Dimension(models.TextChoices):
    """What figures are grouped by; ``all`` is the portfolio as a whole."""

    ALL = "all", _("Whole portfolio")
    PRODUCT = "product", _("Product")
    INDUSTRY = "industry", _("Industry")
    GUARANTEE = "guarantee", _("Guarantee type")
    OFFICER = "officer", _("Relationship manager")
    DUE = "due", _("Falling due next month")
