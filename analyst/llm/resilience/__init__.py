"""Which models are tried, in which order and for how long: chains, policies and deadlines."""
