"""Consensus: several models' plans compared, and a judge where they differ."""
