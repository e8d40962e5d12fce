"""Pictures of the desk, drawn on the server as SVG with attributes only (the Content-Security-Policy forbids styles)."""
