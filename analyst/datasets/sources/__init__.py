"""Files of every kind, read into the stage as text."""
