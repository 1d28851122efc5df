"""The rules of the compiled runtime, and how each operator becomes a kernel call. One file per operator."""

from .check import check_model, lower_model, operator_macs
from .rules import Violation
from .table import OPERATORS

__all__ = ["OPERATORS", "Violation", "check_model", "lower_model", "operator_macs"]
