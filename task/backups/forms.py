from django import forms


class BackUpForm(forms.Form):
    """Nothing to fill in: a backup is always of everything."""
