"""Layers for which a conversion would end in vain are named before it."""

from __future__ import annotations

import pytest
from quantize_samples import layer, sequential

from platformio_tinyml.quantize.workers import no_int8
from platformio_tinyml.quantize.workers.say import Refusal


def test_all_of_them_are_named_with_their_layers() -> None:
    config = sequential(
        layer("Conv3D", name="first"),
        layer("Dense", name="second", activation="sparsemax"),
        layer("TimeDistributed", name="outer", layer=layer("CategoryEncoding", name="inner")),
        layer("Conv2D", name="plain", activation="relu"),
    )
    with pytest.raises(Refusal) as refused:
        no_int8.refuse(config, "net.keras")
    assert refused.value.message.endswith(
        "can have: Conv3D (first), the activation sparsemax (second), CategoryEncoding (inner)"
    )
    assert refused.value.code == "model-no-int8"


@pytest.mark.parametrize("config", [None, [], "x", {"class_name": 3}, {"class_name": "Dense", "config": [1]}])
def test_other_configurations_pass(config: object) -> None:
    no_int8.refuse(config, "net.keras")


def test_ordinary_layers_pass() -> None:
    no_int8.refuse(sequential(layer("LSTM", units=3), layer("LayerNormalization"), layer("Dense")), "net.keras")
