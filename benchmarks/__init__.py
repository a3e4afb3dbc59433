"""Benchmarks: each measures this product and its alternatives in one run, on one machine, on the same work."""
