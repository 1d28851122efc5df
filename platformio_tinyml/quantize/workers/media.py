"""Folders of images and of sound as arrays. A file is a sample; nothing is resized, cut or resampled."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np

from .inputs import Input
from .say import Refusal

IMAGES = (".png", ".jpg", ".jpeg", ".bmp")
_FORMATS = ("PNG", "JPEG", "BMP")
"""By content, whatever the suffix: pillow would start Ghostscript for PostScript that is called .png."""
SOUNDS = (".wav",)
_MOST_PIXELS = 1 << 24
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def is_media(path: Path) -> bool:
    """Whether a single file is an image or a sound."""
    return path.suffix.lower() in IMAGES + SOUNDS


def read_media(path: Path, wanted: Input, value_range: tuple[float, float] | None) -> np.ndarray:
    """(N, height, width, channels) of images, (N, frames) or (N, frames, channels) of sounds.

    The darkest and the brightest pixel become the ends of `value_range`, by default 0 and 1; the extremes of a sound
    likewise, by default -1 and 1. Refusal where the files are not of the input's size, which the message tells.
    """
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if is_media(file) and file.is_file())
    images = [file for file in files if file.suffix.lower() in IMAGES]
    if not files or (images and len(images) != len(files)):
        raise Refusal(
            "usage",
            f"{path.name} holds {'images and sounds' if images else 'neither images nor sounds'}",
            f"Give a folder of files of one kind: {', '.join(IMAGES + SOUNDS)}.",
            "data-format",
        )
    if images:
        low, high = value_range or (0.0, 1.0)
        return np.stack([_image(file, wanted) for file in images]) * (high - low) + low
    low, high = value_range or (-1.0, 1.0)
    return (np.stack(_sounds(files)) + 1) / 2 * (high - low) + low


def _image(file: Path, wanted: Input) -> np.ndarray:
    """Values 0 to 1."""
    shape = wanted.shape[1:]
    channels = shape[2] if len(shape) == 3 else 1
    if len(shape) not in (2, 3) or channels not in _MODES:
        raise Refusal(
            "usage",
            f"the input {wanted.plain_name} takes {list(shape)}, which is no image",
            "Give arrays: an .npz with x.",
            "data-shape",
        )
    image_module = _pillow()
    try:
        with image_module.open(file, formats=_FORMATS) as image:
            size = (image.height, image.width)  # told by the file's head; nothing is unpacked yet
            fits = size == shape[:2] or (None in shape and size[0] * size[1] <= _MOST_PIXELS)
            pixels = np.asarray(image.convert(_MODES[channels]), np.float32) / 255 if fits else None
    except Exception as error:
        raise Refusal("usage", f"{file.name} cannot be read: {error}", "Repair or remove it.", "data-format") from None
    if pixels is None:
        raise Refusal(
            "usage",
            f"{file.name} is {size[0]} pixels high and {size[1]} wide, and the model takes {shape[0]} by {shape[1]}",
            "Resize the images as in training: nothing is resized here.",
            "data-shape",
        )
    return pixels


def _sounds(files: list[Path]) -> list[np.ndarray]:
    sounds = [_sound(file) for file in files]
    for file, sound in zip(files, sounds, strict=True):
        if sound.shape != sounds[0].shape:
            raise Refusal(
                "usage",
                f"{file.name} has {len(sound)} frames, and {files[0].name} {len(sounds[0])}",
                "Cut the sounds to the length of the model's input.",
                "data-shape",
            )
    return sounds


def _sound(file: Path) -> np.ndarray:
    """Values -1 to 1; (frames,) for one channel, else (frames, channels)."""
    try:
        with wave.open(str(file), "rb") as sound:
            width, channels = sound.getsampwidth(), sound.getnchannels()
            data = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError, OSError) as error:
        raise Refusal("usage", f"{file.name} cannot be read: {error}", "Save it as PCM.", "data-format") from None
    if width == 1:  # the only width without a sign
        values = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128
    else:
        data = data[: len(data) // width * width]
        wide = np.zeros((len(data) // width, 4), np.uint8)
        wide[:, 4 - width :] = np.frombuffer(data, np.uint8).reshape(-1, width)
        values = wide.view("<i4")[:, 0].astype(np.float32) / 2**31
    return values if channels == 1 else values.reshape(-1, channels)


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise Refusal(
            "environment", "this interpreter has no pillow, which reads images", "Install it: pip install pillow."
        ) from None
    return Image
