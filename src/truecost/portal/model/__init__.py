"""The model to read: rules, rates, drivers by file; what changed between months, whom it moved."""
