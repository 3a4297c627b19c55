"""Models' answers: how a reply is read."""
