"""SignalDelay, SignalFramer, SignalStacker, SignalOverlapAdd: what they keep of the samples so far is state."""

from __future__ import annotations

from ..lowering import Lowered
from ..rules import CONVERT_AGAIN, Instance, rule
from .common import call, number, options, output_shapes, rows, support, types

_INT16 = 7
_SAMPLES = (1, 1 << 20)
_COUNT = (0, 1 << 14)


def window(instance: Instance) -> int:
    """Of SignalFramer: how many samples there have to be for a frame."""
    size, step = number(instance, "frame_size"), number(instance, "frame_step")
    return size if number(instance, "prefill") else -(-size // step) * step


def frames(instance: Instance) -> int:
    """Of SignalStacker: how many inputs make an output."""
    return number(instance, "stacker_left_context") + number(instance, "stacker_right_context") + 1


@rule(CONVERT_AGAIN)
def whole_steps(instance: Instance) -> str | None:
    """A frame is as long as a step or longer, and the input's last dimension a multiple of it."""
    size, step, source = number(instance, "frame_size"), number(instance, "frame_step"), instance.required(0)
    if size < step or not source.shape or source.shape[-1] % step:
        return f"frames of {size} by {step} of {list(source.shape)}"
    return None


@rule(CONVERT_AGAIN)
def a_step_of_a_stack(instance: Instance) -> str | None:
    """The input has num_channels elements, and a step is no longer than the stack."""
    channels, step, source = number(instance, "num_channels"), number(instance, "stacker_step"), instance.required(0)
    if source.shape != (channels,):
        return f"{list(source.shape)} of {channels} channels"
    return f"{step} of {frames(instance)}" if step > frames(instance) else None


@rule(CONVERT_AGAIN)
def frames_to_steps(instance: Instance) -> str | None:
    """The input is [..., frames, size], the output [..., frames * step], a step no longer than a frame."""
    source, output, step = instance.required(0).shape, instance.output.shape, number(instance, "frame_step")
    if len(source) < 2 or step > source[-1] or output != (*source[:-2], source[-2] * step):
        return f"{list(source)} to {list(output)} by {step}"
    return None


def lower_delay(instance: Instance) -> Lowered:
    """One call."""
    fields = (
        ("rows", rows(instance)),
        ("size", instance.required(0).shape[-1]),
        ("delay", number(instance, "delay_length")),
    )
    return call(instance, "tinyml_signal_delay_s16", fields)


def lower_framer(instance: Instance) -> Lowered:
    """One call."""
    step = number(instance, "frame_step")
    fields = (
        ("rows", rows(instance)),
        ("frames", instance.required(0).shape[-1] // step),
        ("step", step),
        ("size", number(instance, "frame_size")),
        ("window", window(instance)),
    )
    return call(instance, "tinyml_signal_framer_s16", fields)


def lower_stacker(instance: Instance) -> Lowered:
    """One call."""
    fields = (
        ("channels", number(instance, "num_channels")),
        ("frames", frames(instance)),
        ("left", number(instance, "stacker_left_context")),
        ("step", number(instance, "stacker_step")),
    )
    return call(instance, "tinyml_signal_stacker_s16", fields)


def lower_overlap_add(instance: Instance) -> Lowered:
    """One call."""
    shape = instance.required(0).shape
    fields = (
        ("rows", rows(instance, 2)),
        ("frames", shape[-2]),
        ("size", shape[-1]),
        ("step", number(instance, "frame_step")),
    )
    return call(instance, "tinyml_signal_overlap_add_s16", fields)


def _framed(instance: Instance) -> list[tuple[int, ...]]:
    shape, step = instance.required(0).shape, number(instance, "frame_step")
    return [(*shape[:-1], shape[-1] // step, number(instance, "frame_size")), ()]


SUPPORTS = (
    support(
        "SignalDelay",
        "int16.",
        "delay_s16",
        (
            (options(delay_length=_SAMPLES), types("INT16", "INT16")),
            (
                output_shapes(
                    lambda instance: [instance.required(0).shape or None],
                    "The output has the shape of the input, of one dimension or more.",
                ),
            ),
        ),
        lower_delay,
    ),
    support(
        "SignalFramer",
        "int16; a frame that is not valid is 0, which TFLM leaves as it was.",
        "framer_s16",
        (
            (
                options(frame_size=_SAMPLES, frame_step=_SAMPLES, prefill=(0, 1)),
                types("INT16", "INT16 BOOL"),
            ),
            (whole_steps,),
            (output_shapes(_framed, "The outputs are [..., frames, frame_size] and a scalar."),),
        ),
        lower_framer,
        outputs=2,
    ),
    support(
        "SignalStacker",
        "int16; an output that is not valid is 0, which TFLM leaves as it was.",
        "stacker_s16",
        (
            (
                options(
                    num_channels=_SAMPLES,
                    stacker_left_context=_COUNT,
                    stacker_right_context=_COUNT,
                    stacker_step=(1, 1 << 14),
                ),
                types("INT16", "INT16 BOOL"),
            ),
            (a_step_of_a_stack,),
            (
                output_shapes(
                    lambda instance: [(frames(instance) * number(instance, "num_channels"),), ()],
                    "The outputs are the stack, of one dimension, and a scalar.",
                ),
            ),
        ),
        lower_stacker,
        outputs=2,
    ),
    support(
        "SignalOverlapAdd",
        "int16.",
        "overlap_add_s16",
        (
            (options(T=(_INT16, _INT16), frame_step=_SAMPLES), types("INT16", "INT16")),
            (frames_to_steps,),
        ),
        lower_overlap_add,
    ),
)
