"""The doctor: remedies for an ill run are tried, beside doing nothing, and ranked."""
