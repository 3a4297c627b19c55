"""Business questions with answers computed apart from the platform: `python -m lab.benchmarks.questions`."""
