"""What every page is made of: drawings, tags, menu, the first page."""
