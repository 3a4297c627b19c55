"""What the platform remembers: calls, runs, the day's budget and its reservations, in SQLite or PostgreSQL."""
