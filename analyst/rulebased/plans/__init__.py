"""How a Query becomes the steps of a plan."""
