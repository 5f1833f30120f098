"""Benchmarks: speed and truth goals, measured. `make bench`, or `make bench ARGS=instrument`; never part of the tests."""
