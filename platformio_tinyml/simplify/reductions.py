"""MEAN, SUM, REDUCE_MAX, REDUCE_MIN: channel by channel, unless channels are what they reduce."""

from __future__ import annotations

from collections.abc import Mapping

from ..operators.copying import integers
from ..operators.interval import Interval
from ..operators.rules import Instance
from . import alike
from .classes import Classes


def connect(instance: Instance, values: Mapping[int, Interval], classes: Classes) -> None:
    """The axes are constants that count from either end."""
    source = instance.required(0)
    rank = len(source.shape)
    if not rank or any(axis % rank == rank - 1 for axis in integers(instance.required(1))):
        classes.keep_all(source)
        classes.keep_all(instance.output)
    else:
        alike.connect(instance, values, classes)
