#include "sounds.h"

#include "sine_table.h"

#define HERTZ (4294967295u / 16000u) /* of phase in a sample */

void sound_begin(sound *made, int word, uint32_t seed, uint32_t samples)
{
    const uint32_t range = 1500u * HERTZ;

    made->noise = seed;
    made->phase = 0;
    made->step = (400u + 40u * (seed % 11u)) * HERTZ + (word == FALL ? range : 0u);
    made->change = word == RISE ? range / samples : word == FALL ? 0u - range / samples : 0u;
    made->loudness = word == SILENCE ? 0 : 40 + 8 * (int32_t)(seed % 7u);
}

int16_t sound_next(sound *made)
{
    int32_t tone;

    made->noise = made->noise * 1664525u + 1013904223u;
    made->phase += made->step;
    made->step += made->change;
    tone = (sine_table[made->phase >> 24] * made->loudness) >> 8;
    return (int16_t)(tone + (int32_t)((made->noise >> 20) & 0xffu) - 128);
}
