"""The law of public purchasing as dated figures and formulas; the day is always an argument."""
