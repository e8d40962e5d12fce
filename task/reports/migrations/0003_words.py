"""Words that people read; no table changes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0003_names'),
        ('reports', '0002_job_keys'),
    ]

    operations = [
        migrations.AlterField(
            model_name='report',
            name='count',
            field=models.PositiveSmallIntegerField(help_text='How many were requested.'),
        ),
        migrations.AlterField(
            model_name='report',
            name='crawl',
            field=models.ForeignKey(db_column='crawl', db_constraint=False, editable=False, help_text='The job that finds them.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='jobs.job', unique=True),
        ),
        migrations.AlterField(
            model_name='report',
            name='ended',
            field=models.DateTimeField(editable=False, help_text='Its age is counted from then.', null=True),
        ),
        migrations.AlterField(
            model_name='report',
            name='incomplete',
            field=models.BooleanField(default=False, help_text='GitHub did not search everything.'),
        ),
        migrations.AlterField(
            model_name='report',
            name='mail',
            field=models.BooleanField(default=True, help_text='Whether to email the owner when it is ready.'),
        ),
        migrations.AlterField(
            model_name='repository',
            name='rank',
            field=models.PositiveSmallIntegerField(default=0, help_text='By stars, from 1; 0 while the report is being made.'),
        ),
    ]
