"""Carts and their scans, locations, changes of copies, removed books, and a number for a book without an ISBN."""

import django.db.models.deletion
import django.db.models.manager
import task.jobs.engine.clock
import task.kit.keys
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0007_ranking'),
        ('jobs', '0004_first_answer'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LocalNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Scan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(help_text="The browser's name for what it sent: what is sent twice counts once.")),
                ('place', models.PositiveIntegerField(default=0, help_text='Which of the numbers in what was sent.')),
                ('at', models.DateTimeField(help_text="When it was made, by the browser's clock.")),
                ('created', models.DateTimeField(db_default=task.jobs.engine.clock.Now(), editable=False)),
                ('way', models.CharField(choices=[('box', 'scanned'), ('camera', 'by camera'), ('photo', 'from a photo'), ('file', 'from a file'), ('program', 'by a program')], default='box', max_length=10)),
                ('text', models.CharField(help_text='As it was scanned.', max_length=200)),
                ('effect', models.CharField(choices=[('brought', 'brought the book'), ('copy', 'added copies'), ('known', 'found the book in the catalogue'), ('refused', 'was refused')], max_length=10)),
                ('quantity', models.PositiveIntegerField(default=1, help_text='Copies that it brought or added.')),
                ('fault', models.CharField(blank=True, help_text='Why it was refused: a whole sentence.', max_length=300)),
                ('offers', models.JSONField(default=list, help_text='ISBNs that may be meant.')),
                ('note', models.CharField(blank=True, help_text='What else stood there.', max_length=300)),
                ('undone', models.DateTimeField(editable=False, null=True)),
                ('kept', models.CharField(blank=True, help_text='Why undoing it left the book: a whole sentence.', max_length=200)),
                ('dismissed', models.DateTimeField(editable=False, null=True)),
            ],
        ),
        migrations.AlterModelOptions(
            name='book',
            options={'base_manager_name': 'with_removed'},
        ),
        migrations.AlterModelManagers(
            name='book',
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('with_removed', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddField(
            model_name='book',
            name='number',
            field=task.kit.keys.KeyField(default='', editable=False, help_text='Its ISBN, or the local number of one without.', max_length=13),
        ),
        migrations.AddField(
            model_name='book',
            name='ordered',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, help_text='Those that wait for whoever has ordered them.'),
        ),
        migrations.AddField(
            model_name='book',
            name='removed_at',
            field=models.DateTimeField(editable=False, help_text='When it was taken out of the catalogue. 30 days later it goes for good.', null=True),
        ),
        migrations.AlterField(
            model_name='book',
            name='copies',
            field=models.PositiveIntegerField(default=1, help_text='Those that can be ordered.'),
        ),
        migrations.AlterField(
            model_name='book',
            name='isbn',
            field=task.kit.keys.KeyField(blank=True, editable=False, max_length=13, null=True, verbose_name='ISBN-13'),
        ),
        migrations.CreateModel(
            name='CopyChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('change', models.IntegerField()),
                ('why', models.CharField(choices=[('scan', 'scanned'), ('undo', 'scan undone'), ('put_back', 'scan put back'), ('by_hand', 'changed by hand'), ('admin', 'changed in the administration')], max_length=10)),
                ('reason', models.CharField(blank=True, help_text="In the person's own words.", max_length=200)),
                ('created', models.DateTimeField(db_default=task.jobs.engine.clock.Now(), editable=False)),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='copy_changes', to='books.book')),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('room', models.CharField(max_length=100)),
                ('shelf', models.CharField(blank=True, max_length=100)),
                ('key', task.kit.keys.KeyField(editable=False, max_length=200)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key',), name='location_once')],
            },
        ),
        migrations.CreateModel(
            name='Cart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=100)),
                ('is_file', models.BooleanField(default=False, help_text='The rows of a file. It is never the current cart.')),
                ('counts_copies', models.BooleanField(default=False, help_text='Off: a book in the catalogue waits for “Add a copy”.', verbose_name='count each scan as a copy')),
                ('started', models.DateTimeField(help_text='When its first scan was made.')),
                ('last_scan', models.DateTimeField(help_text='When its last scan was made, or it was begun.')),
                ('finished', models.DateTimeField(editable=False, null=True)),
                ('owner', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='carts', to=settings.AUTH_USER_MODEL)),
                ('undo_job', models.ForeignKey(db_column='undo_job', db_constraint=False, db_index=False, editable=False, help_text='The job that undoes it.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='jobs.job')),
                ('location', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='books.location')),
            ],
        ),
        migrations.AddField(
            model_name='book',
            name='location',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='books.location'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(fields=['location', 'id'], name='book_in_location'),
        ),
        migrations.AddIndex(
            model_name='book',
            index=models.Index(condition=models.Q(('removed_at__isnull', False)), fields=['removed_at', 'id'], name='book_removed'),
        ),
        migrations.AddField(
            model_name='scan',
            name='book',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='scans', to='books.book'),
        ),
        migrations.AddField(
            model_name='scan',
            name='cart',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='scans', to='books.cart'),
        ),
        migrations.AddField(
            model_name='scan',
            name='owner',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='scans', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='scan',
            name='undone_by',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='copychange',
            index=models.Index(fields=['book', 'id'], name='copy_changes_of_book'),
        ),
        migrations.AddIndex(
            model_name='cart',
            index=models.Index(fields=['owner', 'started', 'id'], name='cart_of_owner'),
        ),
        migrations.AddIndex(
            model_name='cart',
            index=models.Index(fields=['started', 'id'], name='cart_by_start'),
        ),
        migrations.AddIndex(
            model_name='scan',
            index=models.Index(fields=['cart', 'at', 'id'], name='scan_in_pile'),
        ),
        migrations.AddIndex(
            model_name='scan',
            index=models.Index(fields=['book', 'id'], name='scan_of_book'),
        ),
        migrations.AddIndex(
            model_name='scan',
            index=models.Index(fields=['owner', 'id'], name='scan_of_owner'),
        ),
        migrations.AddConstraint(
            model_name='scan',
            constraint=models.UniqueConstraint(fields=('owner', 'uuid', 'place'), name='scan_sent_once'),
        ),
    ]
