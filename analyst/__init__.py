"""The platform's package: each room is imported by its door, nothing here imports the files at the root."""

__version__ = "0.1.0"
