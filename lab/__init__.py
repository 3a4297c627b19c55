"""What the product never imports: simulated providers, load tests, benchmarks and generated documents."""
