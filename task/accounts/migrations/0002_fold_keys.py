from django.db import migrations

from task.accounts.identity import email_key, username_key


def fold_again(apps, schema_editor):
    """People's keys as they are worked out from now on. Random users have plain letters alone.

    Of two accounts that were one all along, one has the folded key, or gets it first. Nobody can tell whose it is: the
    other one's stays as it was, and whoever migrates reads which account that is.
    """
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    people = users.filter(is_random__in=[False]).order_by("pk")
    for pk, *found in people.values_list("pk", "email", "username", "email_key", "username_key").iterator():
        folded = {"email_key": email_key(found[0])[:762], "username_key": username_key(found[1])[:450]}
        for (column, key), old in zip(folded.items(), found[2:], strict=True):
            if key == old:
                continue
            if users.filter(**{column: key}).exists():
                print(f"  The account {pk} has the {column[:-4]} of another account: give it another one.")
            else:
                users.filter(pk=pk).update(**{column: key})


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(fold_again, migrations.RunPython.noop),
    ]
