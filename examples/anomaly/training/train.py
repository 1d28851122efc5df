"""Train the vibration model: an autoencoder that has only seen a healthy bearing.

The signal is synthetic: `vibration()` adds up a shaft, its imbalance, noise, and, for a damaged outer race, the
ringing that every passing ball strikes. No machine was measured.

Writes models/vibration.keras, data/calibration.npz, data/evaluation.npz and src/test_windows.h beside this folder.
Needs `pip install tensorflow`.

    python training/train.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

EXAMPLE = Path(__file__).resolve().parent.parent
RATE = 3200  # samples a second, as a digital accelerometer gives them
WINDOW = 256
BANDS = 32
BINS = 4  # DFT bins in a band; bin 0 is left out
BALLS_PASSING = 3.58  # balls over a point of the outer race, in a turn of the shaft
EPOCHS = 60
SHOWN = 10  # windows of each kind for the firmware


def vibration(rng: np.random.Generator, damage: float) -> np.ndarray:
    """One window in g, as int16 thousandths; `damage` is the height of the strikes in g, 0 for a healthy bearing."""
    time = np.arange(WINDOW) / RATE
    shaft = rng.uniform(23, 27)
    load = rng.uniform(0.7, 1.3)
    signal = rng.normal(0, 0.05 * load, WINDOW)
    for harmonic, height in ((1, 0.25), (2, 0.12), (3, 0.06)):
        signal += load * height * np.sin(2 * np.pi * (harmonic * shaft * time + rng.random()))
    interval = 1 / (BALLS_PASSING * shaft)
    resonance = rng.uniform(950, 1050)
    strike = -rng.random() * interval
    while damage and strike < time[-1]:
        since = time - strike
        ringing = np.exp(-250 * np.abs(since)) * np.sin(2 * np.pi * resonance * since)
        signal += np.where(since >= 0, damage * rng.uniform(0.7, 1.3) * ringing, 0)
        strike += interval * rng.uniform(0.98, 1.02)
    return np.round(signal * 1000).clip(-32768, 32767).astype(np.int16)


def features(windows: np.ndarray) -> np.ndarray:
    """(N, 256) int16 -> (N, 32) float32: log10 of the mean power in each band, as src/bands.c computes it."""
    power = np.abs(np.fft.rfft(windows / 1000.0)[:, 1 : 1 + BANDS * BINS]) ** 2
    return np.log10(power.reshape(-1, BANDS, BINS).mean(axis=2) + 1e-3).astype(np.float32)


def many(rng: np.random.Generator, count: int, damage: float = 0) -> np.ndarray:
    """(count, 256) windows."""
    return np.stack([vibration(rng, damage) for _ in range(count)])


def build_model() -> tf.keras.Model:
    """32 bands through a waist of 4 and back."""
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            layers.Input((BANDS,)),
            layers.Dense(24, activation="relu"),
            layers.Dense(4, activation="relu"),
            layers.Dense(24, activation="relu"),
            layers.Dense(BANDS),
        ]
    )


def errors(model: tf.keras.Model, x: np.ndarray) -> np.ndarray:
    """(N,) mean squared error of the reconstruction."""
    return np.mean((model.predict(x, verbose=0) - x) ** 2, axis=1)


def test_header(healthy: np.ndarray, faulty: np.ndarray, threshold: float) -> str:
    """Windows that neither training nor calibration saw, and the limit."""
    windows = np.concatenate([healthy, faulty])
    rows = ",\n".join("    {" + ", ".join(map(str, window)) + "}" for window in windows)
    return (
        "/* Written by training/train.py: synthetic vibration in thousandths of g, 3200 samples a second.\n"
        "   Healthy windows first. */\n"
        "#ifndef TEST_WINDOWS_H\n#define TEST_WINDOWS_H\n\n#include <stdint.h>\n\n"
        f"#define HEALTHY_WINDOWS {len(healthy)}\n#define TEST_WINDOWS {len(windows)}\n\n"
        "/* Above this reconstruction error a window is faulty: 1.5 times the worst that training saw. */\n"
        f"#define THRESHOLD {threshold:.4f}f\n\n"
        f"static const int16_t test_windows[TEST_WINDOWS][{WINDOW}] = {{\n{rows}}};\n\n#endif\n"
    )


def main() -> None:
    """Generate, train, write."""
    tf.keras.utils.set_random_seed(1)
    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng(1)
    train = features(many(rng, 4000))
    calibration, evaluation = features(many(rng, 256)), features(many(rng, 256))
    healthy, faulty = many(rng, SHOWN), many(rng, SHOWN, damage=0.5)
    model = build_model()
    model.compile(tf.keras.optimizers.Adam(2e-3), "mse")
    model.fit(train, train, epochs=EPOCHS, batch_size=32, verbose=2)
    threshold = 1.5 * float(errors(model, train).max())
    print("threshold", threshold)
    print("healthy", errors(model, features(healthy)))
    print("faulty", errors(model, features(faulty)))
    for folder in ("models", "data"):
        (EXAMPLE / folder).mkdir(exist_ok=True)
    model.save(EXAMPLE / "models" / "vibration.keras", include_optimizer=False)
    np.savez_compressed(EXAMPLE / "data" / "calibration.npz", x=calibration)
    np.savez_compressed(EXAMPLE / "data" / "evaluation.npz", x=evaluation, y=evaluation)
    (EXAMPLE / "src" / "test_windows.h").write_text(test_header(healthy, faulty, threshold), encoding="ascii")


if __name__ == "__main__":
    main()
