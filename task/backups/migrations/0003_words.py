"""Words that people read; no table changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('backups', '0002_job_keys'),
    ]

    operations = [
        migrations.AlterField(
            model_name='backup',
            name='made',
            field=models.DateTimeField(help_text='The moment of its copy of the database.', null=True),
        ),
        migrations.AlterField(
            model_name='backup',
            name='name',
            field=models.CharField(help_text='The name of its file in BACKUP_DIR.', max_length=80, unique=True),
        ),
        migrations.AlterField(
            model_name='backup',
            name='stage',
            field=models.CharField(blank=True, help_text='What is being done right now.', max_length=60),
        ),
        migrations.AlterField(
            model_name='backup',
            name='state',
            field=models.CharField(choices=[('waiting', 'waiting'), ('good', 'verified'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='waiting', max_length=10),
        ),
    ]
