"""analysis.md: what a load test measured, section by section, in the client's outline."""
