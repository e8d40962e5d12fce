from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("books", "0024_merging"),
    ]

    operations = [
        migrations.AddField(
            model_name="sourcestate",
            name="place",
            field=models.PositiveSmallIntegerField(help_text="In the order in which they are asked.", null=True),
        ),
    ]
