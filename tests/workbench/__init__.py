"""A feature as small as one can be: the engine's tests work with its kinds of jobs."""
