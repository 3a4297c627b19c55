"""The load test: many analyses at once over the samples, simulated providers or real ones, and what came of each."""
