"""Measured values -> figures, checks, advice."""
