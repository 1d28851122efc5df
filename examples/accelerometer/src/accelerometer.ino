/* A machine's vibration: tells when it sounds other than it did when it was healthy. */
#include <Arduino.h>
#include <vibration_model.h>

extern "C" {
#include "bands.h"
}
#include "recording.h"

const int hop = WINDOW / 4;     /* samples from one window to the next: 20 ms */
const float limit = 0.1828f;    /* training/train.py of examples/anomaly: 1.5 times the worst healthy window */
const int wanted = 6, of = 8;   /* so many of the last windows have to be above it */

static int16_t samples[WINDOW];
static int filled, above;
static uint8_t last; /* a bit a window, the newest lowest */
static bool alarm;

/* Yours: the next sample of one axis, in thousandths of g, 3200 times a second. Here a recording is played. */
static int16_t read_accelerometer()
{
    static int next;
    const int16_t sample = recording[next];

    next = (next + 1) % RECORDING_SAMPLES;
    return sample;
}

/* How badly the model, which knows healthy vibration alone, makes the window's bands again; -1 where it fails. */
static float reconstruction_error()
{
    float bands[BANDS], made[BANDS], sum = 0.0f;

    band_powers(samples, bands);
    if (vibration_run(bands, made) != TINYML_OK) {
        return -1.0f;
    }
    for (int i = 0; i < BANDS; i++) {
        sum += (made[i] - bands[i]) * (made[i] - bands[i]);
    }
    return sum / BANDS;
}

/* One window above the limit is a knock; most of the last ones are a fault. */
static void judge(bool is_above)
{
    above += (int)is_above - (last >> (of - 1));
    last = (uint8_t)(last << 1 | is_above);
    if (!alarm && above >= wanted) {
        alarm = true;
        Serial.print(millis());
        Serial.println(" ms: FAULT");
    } else if (alarm && above == 0) {
        alarm = false;
        Serial.print(millis());
        Serial.println(" ms: ok again");
    }
}

void setup()
{
    Serial.begin(115200);
    if (vibration_init() != TINYML_OK) {
        Serial.println("vibration: init failed");
    }
}

void loop()
{
    samples[filled++] = read_accelerometer();
    if (filled < WINDOW) {
        return;
    }
    judge(reconstruction_error() > limit);
    filled = WINDOW - hop;
    memmove(samples, samples + hop, sizeof samples[0] * (size_t)filled);
}
