from django.urls import path

from documents import views

app_name = "documents"
urlpatterns = [
    path("files/<int:pk>/", views.download, name="download"),
    path("documents/issued/<str:number>/<int:version>/pdf", views.issued_pdf, name="issued_pdf"),
]
