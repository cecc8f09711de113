"""The overview for leaders: what technology truly cost, what moved and why, what is recovered."""
