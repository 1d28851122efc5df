"""Build a firmware that holds one model and nothing else, run it on an emulated core, and count."""

from .bench import Bench, OperatorCost, bench_model
from .targets import Target, find_target

__all__ = ["Bench", "OperatorCost", "Target", "bench_model", "find_target"]
