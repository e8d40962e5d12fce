"""What pages and processes share and that knows no job."""
