"""Words that people read; no table changes."""

import django.contrib.auth.validators
import task.kit.zones
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_time_zone'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='time_zone',
            field=models.CharField(blank=True, choices=task.kit.zones.choices, default='', help_text='For the times on your pages and in your emails.', max_length=64),
        ),
        migrations.AlterField(
            model_name='user',
            name='username',
            field=models.CharField(error_messages={'invalid': 'Use only letters, digits and @ . + - _. Spaces are not allowed.'}, help_text='Up to 150 letters, digits and @ . + - _, without spaces.', max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()]),
        ),
    ]
