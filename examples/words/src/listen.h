/* From raw samples to a word: two models, one behind the other. */
#ifndef LISTEN_H
#define LISTEN_H

#include "sounds.h"

#define HOP 320    /* samples from one frame to the next: 20 ms */
#define FRAMES 49  /* of a second */

/* The word heard in a second of `made`, -1 where a model fails. `*scores` are one int8 a word. */
int listen(sound *made, const int8_t **scores);

#endif
