"""The kernels that a TFLM is built with."""

from __future__ import annotations

from enum import Enum


class Kernels(Enum):
    """Which kernels a TFLM is built with. `ESP_NN` has no SIMD code (ESP32, C3), `ESP_NN_S3` that of the ESP32-S3."""

    REFERENCE = "reference"
    CMSIS_NN = "cmsis-nn"
    CMSIS_NN_MVE = "cmsis-nn-mve"
    ESP_NN = "esp-nn"
    ESP_NN_S3 = "esp-nn-s3"

    @property
    def is_cmsis(self) -> bool:
        """CMSIS-NN, with or without Helium."""
        return self in (Kernels.CMSIS_NN, Kernels.CMSIS_NN_MVE)

    @property
    def is_esp(self) -> bool:
        """esp-nn in any form."""
        return self in (Kernels.ESP_NN, Kernels.ESP_NN_S3)
