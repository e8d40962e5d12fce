"""Pictures of the desk: SVG made on the server, by attributes only (the Content-Security-Policy forbids styles)."""
