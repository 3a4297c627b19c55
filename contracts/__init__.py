"""What the rooms of the house share: errors, settings, records, and the text format of every message."""
