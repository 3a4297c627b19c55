"""The command line: its subcommands and what the terminal shows."""
