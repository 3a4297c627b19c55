"""The client's documents on backends: backend_strategy.md and architecture_diagram.png, made from the code's data."""
