"""`.tflite` bytes -> Model. Knows no C and repairs nothing: a damaged file, or something else, is a ModelError."""

from .file import read_model_file
from .reader import custom_operators, read_model

__all__ = ["custom_operators", "read_model", "read_model_file"]
