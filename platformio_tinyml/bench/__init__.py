"""Build a firmware that holds one model and nothing else, run it on an emulated core, and count."""

from .bench import Bench, OperatorCost, bench_model

__all__ = ["Bench", "OperatorCost", "bench_model"]
