"""Benchmarks beside their peers: ``python -m tests.benchmarks``. The smallest size runs as an ordinary test."""
