from django.urls import path

from org import views

app_name = "org"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("password/", views.password, name="password"),
    path("interfaces/", views.clients, name="clients"),
    path("interfaces/<int:pk>/revoke/", views.revoke, name="revoke_client"),
]
