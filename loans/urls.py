from django.urls import path

from loans.views import facts, imports, lists

app_name = "loans"
urlpatterns = [
    path("borrowers/", lists.borrowers, name="borrowers"),
    path("borrowers/<str:borrower_no>/", facts.borrower, name="borrower"),
    path("borrowers/<str:borrower_no>/reveal/<slug:field>/", facts.reveal_number, name="reveal"),
    path("loans/", lists.loans, name="loans"),
    path("imports/", imports.imports, name="imports"),
    path("imports/upload/", imports.upload, name="upload"),
    path("imports/<int:pk>/", imports.delivery, name="delivery"),
    path("imports/<int:pk>/retry/", imports.retry, name="retry_import"),
    path("imports/<int:pk>/rejects/<str:name>", imports.rejects, name="rejects"),
    path("imports/dry-runs/<int:pk>/", imports.dry_run, name="dry_run"),
    path("loans/<str:loan_no>/", facts.loan, name="loan"),
]
