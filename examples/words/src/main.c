/* Hear words that were never heard in training, from raw samples, and count how many are told right. */
#include <stdio.h>

#include <front_end_model.h>
#include <words_model.h>

#include "listen.h"

#define SEEDS 5
#define FIRST_SEED 1000u /* training heard those below 60 */

int main(void)
{
    int right = 0, word, seed;

    if (front_end_init() != TINYML_OK || words_init() != TINYML_OK) {
        puts("words: init failed");
        return 1;
    }
    for (word = 0; word < WORDS; word++) {
        for (seed = 0; seed < SEEDS; seed++) {
            const int8_t *scores = NULL;
            sound made;
            int heard, i;

            sound_begin(&made, word, FIRST_SEED + (uint32_t)seed, FRONT_END_INPUT_0_SIZE + (FRAMES - 1) * HOP);
            heard = listen(&made, &scores);
            if (heard < 0) {
                puts("words: invoke failed");
                return 1;
            }
            right += heard == word;
            printf("%-7s heard as %-7s scores", words_label(word), words_label(heard));
            for (i = 0; i < WORDS; i++) {
                printf(" %d", scores[i]);
            }
            puts("");
        }
    }
    printf("%d of %d words right\n", right, WORDS * SEEDS);
    return right == WORDS * SEEDS ? 0 : 1;
}
