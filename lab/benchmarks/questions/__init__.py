"""Business questions with answers computed apart from the platform: `python main.py bench questions`."""
