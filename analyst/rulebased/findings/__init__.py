"""What each kind of result says: a reader a method, and readers by shape for SQL results."""
