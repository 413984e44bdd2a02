"""What counts mean: rates, intervals, medians and comparisons. Whole numbers in, no store."""
