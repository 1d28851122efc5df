"""`framework = arduino`: a sketch as Arduino has it, on boards that have no such core."""

import pytest

BOARDS = ("netduinoplus2", "uno", "host", "hifive1-revb")
SKETCH = r"""
void setup()
{
    Serial.begin(115200);
    pinMode(LED_BUILTIN, OUTPUT);
    later(1500);
}

void later(int milliseconds) { delay(milliseconds); }

void loop()
{
    Serial.print(F("x "));
    Serial.print(-7);
    Serial.print(' ');
    Serial.print(255, HEX);
    Serial.print(' ');
    Serial.print(4000000000UL);
    Serial.print(' ');
    Serial.print(-0.996f);
    Serial.print(' ');
    Serial.print(3.14159, 4);
    Serial.print(' ');
    Serial.print(NAN);
    Serial.print(' ');
    Serial.println(millis());
    delay(1);
}
"""


@pytest.mark.slow
def test_a_sketch(tmp_path, make_project, pio):
    options = "framework = arduino\nbuild_flags = -DARDUINO_LOOPS=2 -Wextra -Werror"
    make_project(tmp_path, BOARDS, options, {"src/sketch.ino": SKETCH})
    done = pio(tmp_path, "run", "-t", "exec")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("x ")]
    assert lines == ["x -7 FF 4000000000 -1.00 3.1416 nan 1500", "x -7 FF 4000000000 -1.00 3.1416 nan 1501"] * 4
