"""What pages share that knows no job."""
