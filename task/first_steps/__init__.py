"""First steps: what a new person does in the first five minutes. Gone with a line of INSTALLED_APPS and one of urls."""
