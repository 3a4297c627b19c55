"""What is personal in a table, and the pseudonyms it leaves under."""
