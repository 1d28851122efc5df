#include "microphone.h"

#include <string.h>

#include <front_end_model.h>
#include <words_model.h>

#include "debounce.h"

#define OVERLAP (FRONT_END_INPUT_0_SIZE - HOP)
#define CHANNELS FRONT_END_OUTPUT_0_SIZE
#define THRESHOLD 0.4f
#define DEAD_TIME 10 /* windows: a second, a word's length */

static int16_t frame[FRONT_END_INPUT_0_SIZE];
static int8_t window[FRAMES][CHANNELS]; /* a ring: `oldest` is its first row */
static int oldest, missing, until_next;
static debounce detections;

int microphone_begin(void)
{
    const float threshold = THRESHOLD / WORDS_OUTPUT_0_SCALE + WORDS_OUTPUT_0_ZERO_POINT;
    const tinyml_status status = front_end_init();

    oldest = 0;
    missing = FRAMES;
    until_next = STRIDE;
    memset(frame, 0, sizeof frame);
    debounce_begin(&detections, (int8_t)threshold, DEAD_TIME);
    return status != TINYML_OK ? status : words_init();
}

/* Scores of the window, the oldest frame first. */
static const int8_t *classify(void)
{
    int8_t *input = words_input_0();
    const int first = (FRAMES - oldest) * CHANNELS;

    memcpy(input, window[oldest], (size_t)first);
    memcpy(input + first, window, (size_t)(oldest * CHANNELS));
    return words_invoke() == TINYML_OK ? words_output_0() : NULL;
}

/* Both models share an arena: what the first gave is kept in `window` before the other is touched. */
int microphone_samples(const int16_t samples[HOP])
{
    const int8_t *scores;

    memmove(frame, frame + HOP, OVERLAP * sizeof frame[0]);
    memcpy(frame + OVERLAP, samples, HOP * sizeof frame[0]);
    memcpy(front_end_input_0(), frame, sizeof frame);
    if (front_end_invoke() != TINYML_OK) {
        return -2;
    }
    memcpy(window[oldest], front_end_output_0(), CHANNELS);
    oldest = (oldest + 1) % FRAMES;
    missing -= missing > 0;
    until_next--;
    if (missing > 0 || until_next > 0) {
        return -1;
    }
    until_next = STRIDE;
    scores = classify();
    return scores == NULL ? -2 : debounce_window(&detections, scores);
}
