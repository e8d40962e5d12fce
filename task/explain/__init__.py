"""“How this works”: the way of a submission and the source of what it meets."""
