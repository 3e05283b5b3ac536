from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('duties', '0004_subjects_of_approvals'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='duty',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['subject_no'], name='duty_subject_open'),
        ),
    ]
