"""Tables that lie on a server: the queries that read them run there, in the server's own dialect."""
