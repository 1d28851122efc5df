"""Recurrent layers of a loaded Keras model, unrolled: the calibrator dies of the loops that they are otherwise."""

from __future__ import annotations

from typing import Any

from .say import Refusal


def unroll(model: Any) -> list[str]:
    """Let every recurrent layer compute one step after another, whatever its file says; the names of those changed.

    Keras 2 and Keras 3 read the attribute when the model is called, with the number of steps that the call has.
    """
    changed = []
    for layer in model._flatten_layers():
        if getattr(layer, "unroll", None) is False:
            layer.unroll = True
            changed.append(str(layer.name))
        for attribute in ("_could_use_gpu_kernel", "use_cudnn"):  # kernels of their own, which are loops
            if hasattr(layer, attribute):
                setattr(layer, attribute, False)
        for rate in ("dropout", "recurrent_dropout"):  # Keras 3 draws the masks of cells without training too
            if hasattr(layer, "get_dropout_mask") and getattr(layer, rate, None):
                setattr(layer, rate, 0.0)
    return changed


def loop_refusal(found: str) -> Refusal:
    """For a model that is no Keras model any more, or has loops that are no recurrent layers: what was `found`."""
    return Refusal(
        "model",
        f"the model has a loop or a branch ({found}), which TensorFlow cannot quantize: "
        "a recurrent layer (LSTM, GRU), most likely",
        "Give the Keras model (.keras, .h5), whose recurrent layers are unrolled here; "
        "or make them with unroll=True, and save it again.",
        "model-loop",
    )
