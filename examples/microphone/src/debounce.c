#include "debounce.h"

#include <string.h>

void debounce_begin(debounce *state, int8_t threshold, uint8_t dead_time)
{
    memset(state, 0, sizeof *state);
    state->threshold = threshold;
    state->dead_time = dead_time;
}

int debounce_window(debounce *state, const int8_t scores[CLASSES])
{
    int8_t *oldest = state->last[state->next];
    int best = 0, i;

    for (i = 0; i < CLASSES; i++) {
        state->sums[i] = (int16_t)(state->sums[i] + scores[i] - oldest[i]);
        oldest[i] = scores[i];
        best = state->sums[i] > state->sums[best] ? i : best;
    }
    state->next = (uint8_t)((state->next + 1) % SMOOTHED);
    if (state->seen < SMOOTHED) {
        state->seen++;
    }
    if (state->quiet > 0) {
        state->quiet--;
        return -1;
    }
    if (best == 0 || state->seen < SMOOTHED || state->sums[best] < state->threshold * SMOOTHED) {
        return -1;
    }
    state->quiet = state->dead_time;
    return best;
}
