#include "listen.h"

#include <string.h>

#include <front_end_model.h>
#include <words_model.h>

static int8_t features[FRAMES][FRONT_END_OUTPUT_0_SIZE];

/* Both models share an arena: what one of them gave is copied before the other is touched. */
int listen(sound *made, const int8_t **scores)
{
    static int16_t samples[FRONT_END_INPUT_0_SIZE];
    int frame, i, best = 0;

    front_end_reset(); /* what it knows of the noise is of another sound */
    for (frame = 0; frame < FRAMES; frame++) {
        const int kept = frame == 0 ? 0 : FRONT_END_INPUT_0_SIZE - HOP;

        memmove(samples, samples + HOP, (size_t)kept * sizeof samples[0]);
        for (i = kept; i < FRONT_END_INPUT_0_SIZE; i++) {
            samples[i] = sound_next(made);
        }
        memcpy(front_end_input_0(), samples, sizeof samples);
        if (front_end_invoke() != TINYML_OK) {
            return -1;
        }
        memcpy(features[frame], front_end_output_0(), sizeof features[frame]);
    }
    memcpy(words_input_0(), features, sizeof features);
    if (words_invoke() != TINYML_OK) {
        return -1;
    }
    *scores = words_output_0();
    for (i = 1; i < WORDS_OUTPUT_0_SIZE; i++) {
        best = (*scores)[i] > (*scores)[best] ? i : best;
    }
    return best;
}
