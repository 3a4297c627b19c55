"""The providers' protocols: each reads a request into an Ask and writes what was said, whole or as a stream."""
