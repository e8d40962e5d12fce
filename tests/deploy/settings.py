"""The server's own settings. Packing all static files takes most of a minute: here only some small ones are packed."""

from celerytask.settings import *  # noqa: F403

WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["css", "js", "map", "txt", "svg", "png", "ttf", "eot", "wasm", "woff2", "html"]
