"""Simulated providers at the wire: the real gateway, with its real adapters, reaches them by configuration alone."""
