"""Words that people read; no table changes."""

import django.db.models.deletion
import task.kit.keys
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0005_job_keys'),
        ('jobs', '0003_names'),
    ]

    operations = [
        migrations.AlterField(
            model_name='author',
            name='key',
            field=task.kit.keys.KeyField(editable=False, help_text="The source's own key, such as /authors/OL25712A, or name: and the name in lower case.", max_length=200),
        ),
        migrations.AlterField(
            model_name='author',
            name='outside_url',
            field=models.CharField(blank=True, max_length=1000, verbose_name='page at the source'),
        ),
        migrations.AlterField(
            model_name='book',
            name='cover_url',
            field=models.CharField(blank=True, max_length=1000, verbose_name='cover address'),
        ),
        migrations.AlterField(
            model_name='book',
            name='job',
            field=models.ForeignKey(blank=True, db_column='job', db_constraint=False, db_index=False, editable=False, help_text='The job that looks it up.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='jobs.job'),
        ),
        migrations.AlterField(
            model_name='book',
            name='not_found_at',
            field=models.DateTimeField(editable=False, help_text='When it was last not found.', null=True),
        ),
        migrations.AlterField(
            model_name='book',
            name='outside_id',
            field=models.CharField(blank=True, max_length=200, verbose_name='ID at the source'),
        ),
        migrations.AlterField(
            model_name='book',
            name='outside_url',
            field=models.CharField(blank=True, max_length=1000, verbose_name='page at the source'),
        ),
        migrations.AlterField(
            model_name='book',
            name='reserved_by',
            field=models.ForeignKey(db_column='reserved_by', db_constraint=False, db_index=False, editable=False, help_text='The job that reserved it.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='jobs.job'),
        ),
        migrations.AlterField(
            model_name='book',
            name='reserved_until',
            field=models.DateTimeField(editable=False, help_text='Reserved by a request until then.', null=True),
        ),
        migrations.AlterField(
            model_name='book',
            name='source',
            field=models.CharField(blank=True, help_text='The source that had it.', max_length=30),
        ),
        migrations.AlterField(
            model_name='book',
            name='state',
            field=models.CharField(choices=[('waiting', 'looking up'), ('filled', 'found'), ('not_found', 'not found'), ('failed', 'failed'), ('cancelled', 'cancelled')], default='waiting', max_length=10),
        ),
        migrations.AlterField(
            model_name='person',
            name='key',
            field=task.kit.keys.KeyField(editable=False, help_text="The source's own key, such as /authors/OL25712A, or name: and the name in lower case.", max_length=200),
        ),
        migrations.AlterField(
            model_name='person',
            name='outside_url',
            field=models.CharField(blank=True, max_length=1000, verbose_name='page at the source'),
        ),
        migrations.AlterField(
            model_name='subject',
            name='key',
            field=task.kit.keys.KeyField(editable=False, help_text="The source's own key, such as /authors/OL25712A, or name: and the name in lower case.", max_length=200),
        ),
        migrations.AlterField(
            model_name='subject',
            name='outside_url',
            field=models.CharField(blank=True, max_length=1000, verbose_name='page at the source'),
        ),
    ]
