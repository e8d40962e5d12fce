from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("books", "0026_near_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="sourcestate",
            name="is_loaded",
            field=models.BooleanField(
                db_default=False, help_text="From dumps, so what is not there now has gone astray."
            ),
        ),
    ]
