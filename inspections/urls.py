from django.urls import path

from inspections.views import evidence, logs, reports, reviews, writing

app_name = "inspections"
urlpatterns = [
    path("inspections/", reports.reports, name="reports"),
    path("inspections/to-write/", reports.to_write, name="to_write"),
    path("inspections/begin/<int:pk>/", writing.begin, name="begin"),
    path("inspections/measure/", writing.measure_row, name="measure_row"),
    path("inspections/<str:number>/", reports.report, name="report"),
    path("inspections/<str:number>/write/", writing.write, name="write_report"),
    path("inspections/<str:number>/save/", writing.save, name="save_report"),
    path("inspections/<str:number>/withdraw/", reports.withdraw, name="withdraw_report"),
    path("inspections/<str:number>/files/", evidence.add, name="add_evidence"),
    path("inspections/<str:number>/print/", reports.printed, name="print_report"),
    path("inspections/<str:number>/pdf/", reports.pdf, name="report_pdf"),
    path("work-logs/", logs.logs, name="logs"),
    path("work-logs/new/", logs.new, name="new_log"),
    path("work-logs/activity/", logs.activity, name="new_activity"),
    path("work-logs/fact/", logs.fact_row, name="fact_row"),
    path("work-logs/<str:number>/", reviews.log, name="log"),
    path("work-logs/<str:number>/write/", logs.write, name="write_log"),
    path("work-logs/<str:number>/save/", logs.save, name="save_log"),
    path("work-logs/<str:number>/review/", reviews.review, name="review_log"),
]
