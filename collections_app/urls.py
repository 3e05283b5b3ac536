from django.urls import path

from collections_app.views import letters, lists, notices

app_name = "collections"
urlpatterns = [
    path("notices/due/", lists.due, name="due"),
    path("notices/issued/", lists.issued, name="issued"),
    path("notices/receipts/", lists.receipts, name="receipts"),
    path("notices/batches/", lists.make_batch, name="make_batch"),
    path("notices/batches/<int:pk>/", lists.batch, name="batch"),
    path("notices/batches/<int:pk>/dispatch/", lists.dispatch, name="dispatch"),
    path("notices/duty/<int:pk>/", letters.letter, name="letter"),
    path("notices/duty/<int:pk>/issue/", letters.issue, name="issue"),
    path("notices/duty/<int:pk>/contact/", letters.contact, name="contact"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("notices/<int:pk>/delivery/", notices.delivery, name="delivery"),
    path("notices/<int:pk>/receipt/", notices.receipt, name="receipt"),
    path("notices/<int:pk>/reissue/", notices.reissue, name="reissue"),
]
