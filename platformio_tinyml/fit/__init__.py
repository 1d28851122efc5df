"""Which boards a model fits, before there is a firmware or a board."""

from .cost import Cost, cost_of, tflm_cost_of
from .latency import Latency, count_work, latency_on
from .rank import Allowance, Fit, allowance_of, rank

__all__ = [
    "Allowance",
    "Cost",
    "Fit",
    "Latency",
    "allowance_of",
    "cost_of",
    "count_work",
    "latency_on",
    "rank",
    "tflm_cost_of",
]
