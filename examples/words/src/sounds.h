/* Synthetic sounds of one second, sample by sample: a tone that rises, falls or holds, in noise. */
#ifndef SOUNDS_H
#define SOUNDS_H

#include <stdint.h>

enum { SILENCE, RISE, FALL, HOLD, WORDS };

typedef struct {
    uint32_t noise;
    uint32_t phase;
    uint32_t step;
    uint32_t change;
    int32_t loudness;
} sound;

/* Begins the word's sound; seeds differ in pitch, loudness and noise. `samples` are all that there will be. */
void sound_begin(sound *made, int word, uint32_t seed, uint32_t samples);

/* The next sample, at 16 kHz. */
int16_t sound_next(sound *made);

#endif
