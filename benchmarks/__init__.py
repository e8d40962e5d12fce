"""What the README's table of figures is made with: `make bench`. Ratios within one run, medians, a desk of its own."""
