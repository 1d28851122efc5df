"""Write examples/accelerometer/src/recording.h: synthetic vibration of a bearing that is damaged for a while.

The same physics as training/train.py of examples/anomaly (a shaft, its imbalance, noise, the ringing that every passing
ball strikes), as one signal without breaks, and two single knocks that are no fault. No machine was measured.

    python scripts/make_recording.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

RATE = 3200
SECONDS = 3
DAMAGED = (1.2, 2.2)
KNOCKS = (0.4, 0.8)
SHAFT = 25.0
BALLS_PASSING = 3.58
PATH = Path(__file__).resolve().parent.parent / "examples" / "accelerometer" / "src" / "recording.h"


def vibration() -> np.ndarray:
    """(RATE * SECONDS,) int16, thousandths of g."""
    rng = np.random.default_rng(5)
    time = np.arange(RATE * SECONDS) / RATE
    signal = rng.normal(0, 0.05, len(time))
    for harmonic, height in ((1, 0.25), (2, 0.12), (3, 0.06)):
        signal += height * np.sin(2 * np.pi * (harmonic * SHAFT * time + rng.random()))
    strikes = [(start, 0.8) for start in KNOCKS]
    strikes += [(start, 0.8) for start in np.arange(*DAMAGED, 1 / (BALLS_PASSING * SHAFT))]
    for start, height in strikes:
        since = time - start
        ringing = np.exp(-250 * np.abs(since)) * np.sin(2 * np.pi * 1000 * since)
        signal += np.where(since >= 0, height * ringing, 0)
    return np.round(signal * 1000).clip(-32768, 32767).astype(np.int16)


def header() -> str:
    """The file's text."""
    samples = vibration()
    rows = "\n".join(f"    {', '.join(map(str, row))}," for row in samples.reshape(-1, 20))
    return f"""/* Written by scripts/make_recording.py: synthetic vibration in thousandths of g, damaged from
   {DAMAGED[0]:g} s to {DAMAGED[1]:g} s; single knocks at {KNOCKS[0]:g} s and {KNOCKS[1]:g} s. */
#ifndef RECORDING_H
#define RECORDING_H

#include <stdint.h>

#define RECORDING_RATE {RATE} /* samples a second */
#define RECORDING_SAMPLES {len(samples)}

static const int16_t recording[RECORDING_SAMPLES] = {{
{rows}
}};

#endif
"""


if __name__ == "__main__":
    PATH.write_text(header(), encoding="ascii")
