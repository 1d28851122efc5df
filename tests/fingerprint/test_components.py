"""Components of ESP-IDF's manager: TFLM in one, its kernels in another."""

from pathlib import Path

import pytest

from platformio_tinyml.fingerprint.components import beside, locked_version

LOCK = """\
dependencies:
  espressif/esp-nn:
    component_hash: a039fa28
    dependencies:
    - name: idf
      version: '>=4.2'
    source:
      type: service
    version: 1.2.6
  me/tflm:
    source:
      type: git
    version: 0123456789abcdef
  idf:
    version: 5.5.5
version: 2.0.0
"""


@pytest.fixture
def managed(tmp_path: Path) -> Path:
    folder = tmp_path / "managed_components"
    for name in ("espressif__esp-nn", "espressif__esp-tflite-micro", "me__tflm", "espressif__led_strip"):
        (folder / name).mkdir(parents=True)
    (tmp_path / "dependencies.lock").write_text(LOCK)
    return folder


def test_kernels_beside_the_library(managed: Path) -> None:
    root = managed / "espressif__esp-tflite-micro"
    assert beside(root, ("esp-nn", "esp_nn")) == [managed / "espressif__esp-nn"]
    assert beside(root / "tensorflow", ("esp-nn",)) == [managed / "espressif__esp-nn"]
    assert beside(managed.parent / "lib" / "tflm", ("esp-nn",)) == []


def test_versions_of_the_lock(managed: Path) -> None:
    assert locked_version(managed / "espressif__esp-nn") == "1.2.6"
    assert locked_version(managed / "me__tflm") == "0123456789abcdef"
    assert locked_version(managed / "espressif__led_strip") is None
    (managed.parent / "dependencies.lock").unlink()
    assert locked_version(managed / "espressif__esp-nn") is None
