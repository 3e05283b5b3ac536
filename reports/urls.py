from django.urls import path

from reports.views import duty, portfolio, reminders, workbench

app_name = "reports"
urlpatterns = [
    path("", workbench.workbench, name="workbench"),
    path("behind/", workbench.behind, name="behind"),
    path("views/save/", workbench.save_view, name="save_view"),
    path("views/<int:pk>/delete/", workbench.delete_view, name="delete_view"),
    path("reminders/", reminders.reminders, name="reminders"),
    path("portfolio/", portfolio.portfolio, name="portfolio"),
    path("portfolio/loans/", portfolio.loans, name="portfolio_loans"),
    path("portfolio/download/<str:kind>/", portfolio.download, name="portfolio_download"),
    path("duties/<int:pk>/", duty.detail, name="duty"),
    path("duties/<int:pk>/complete/", duty.complete, name="complete"),
    path("duties/<int:pk>/waive/", duty.waive, name="waive"),
]
