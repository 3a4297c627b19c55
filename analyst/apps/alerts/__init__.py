"""Alerts: the service's thread that looks for them, and the command that does so once."""
