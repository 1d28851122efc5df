"""The application's room in a partition table."""

import pytest

from platformio_tinyml.errors import UsageError
from platformio_tinyml.firmware.partitions import application_limit

TABLE = """\
# Name,   Type, SubType, Offset,   Size, Flags
nvs,      data, nvs,     0x9000,   0x5000,
otadata,  data, ota,     0xe000,   0x2000,
app0,     app,  ota_0,   0x10000,  0x140000,
app1,     app,  ota_1,   0x150000, 1200K, encrypted   # the smaller one
test,     app,  test,    ,         64K,
spiffs,   data, spiffs,  0x290000, 0x170000,
"""


def test_the_smallest_that_the_application_goes_to(tmp_path):
    path = tmp_path / "partitions.csv"
    path.write_text(TABLE)
    assert application_limit(path) == 1200 << 10
    assert application_limit(tmp_path / "partitions.csv#app0") == 0x140000
    assert application_limit(tmp_path / "partitions.csv#test") == 64 << 10
    with pytest.raises(UsageError, match="called 'spiffs'"):
        application_limit(tmp_path / "partitions.csv#spiffs")
    path.write_text("factory, 0, factory, , 1M")
    assert application_limit(path) == 1 << 20


@pytest.mark.parametrize(
    "text", ["", "a, app, factory, , 1G", "a, app, factory, , -4K", "a, app, factory, , ", "a, data, ota, , 1M"]
)
def test_others_are_refused(tmp_path, text):
    path = tmp_path / "partitions.csv"
    path.write_text(text)
    with pytest.raises(UsageError):
        application_limit(path)


def test_none_at_all(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        application_limit(tmp_path / "partitions.csv")
