"""A row of a cart may be a book that was entered by hand; no table changes."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0010_answers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='scan',
            name='way',
            field=models.CharField(choices=[('box', 'scanned'), ('camera', 'by camera'), ('photo', 'from a photo'), ('file', 'from a file'), ('hand', 'entered by hand'), ('program', 'by a program')], default='box', max_length=10),
        ),
    ]
