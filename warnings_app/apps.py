from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WarningsAppConfig(AppConfig):
    name = "warnings_app"
    verbose_name = _("Warnings")
