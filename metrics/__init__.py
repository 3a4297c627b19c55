"""What the records say: the report's text, Prometheus metrics and traces made of the monitor's figures."""
