"""Rows and members that are sums of others: found by their figures, with words as support."""
