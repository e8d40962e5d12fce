"""Forms that become jobs, and the pages that show them."""
