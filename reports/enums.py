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


class GuaranteeType(models.TextChoices):
    """The main security of a loan; collateral before guarantors, as the supervisory forms count it."""

    MORTGAGE = "mortgage", _("Mortgage")
    PLEDGE = "pledge", _("Pledge")
    GUARANTEED = "guaranteed", _("Guarantee")
    UNSECURED = "unsecured", _("Unsecured")
