"""Engines that compute in C while holding the interpreter lock, or bring another licence, run here as own processes."""
