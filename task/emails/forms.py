from django import forms


class TestEmailForm(forms.Form):
    """Nothing to fill in: the email goes to whoever asks for it."""
