/* Listens to a recording with words in it, as to a microphone, and tells when it heard which. */
#include <stdio.h>

#include <words_model.h>

#include "microphone.h"
#include "sounds.h"

#define SEED 2000u /* training heard those below 60 */

/* Second by second: what is said. */
static const int said[] = {SILENCE, RISE, SILENCE, SILENCE, FALL, SILENCE, SILENCE, HOLD, SILENCE, SILENCE, RISE, SILENCE, SILENCE};

#define SECONDS ((int)(sizeof said / sizeof said[0]))

int main(void)
{
    int second, part, i, words = 0, right = 0;

    if (microphone_begin() != TINYML_OK) {
        puts("microphone: init failed");
        return 1;
    }
    for (second = 0; second < SECONDS; second++) {
        sound made;

        words += said[second] != SILENCE;
        sound_begin(&made, said[second], SEED + (uint32_t)second, RATE);
        for (part = 0; part < RATE / HOP; part++) {
            int16_t samples[HOP]; /* on a board: what the microphone's DMA has filled */
            int heard;

            for (i = 0; i < HOP; i++) {
                samples[i] = sound_next(&made);
            }
            heard = microphone_samples(samples);
            if (heard == -2) {
                puts("microphone: invoke failed");
                return 1;
            }
            if (heard >= 0) {
                const int ms = second * 1000 + (part + 1) * HOP * 1000 / RATE;
                const int is_right = said[second] == heard || (second > 0 && said[second - 1] == heard);

                right += is_right ? 1 : -1;
                printf("%5d ms: %s%s\n", ms, words_label(heard), is_right ? "" : "  <- nobody said that");
            }
        }
    }
    printf("%d of %d words heard once, at the right time\n", right, words);
    return right == words ? 0 : 1;
}
