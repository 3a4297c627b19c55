"""The gateway: LiteLLM in an environment of its own, started, watched and called from here."""
