from django.urls import path

from approvals import views

app_name = "approvals"
urlpatterns = [
    path("approvals/", views.queue, name="queue"),
    path("approvals/together/", views.together, name="together"),
    path("approvals/<str:tray>/<str:number>/decide/", views.decide, name="decide"),
    path("approvals/<str:number>/withdraw/", views.withdraw, name="withdraw"),
]
