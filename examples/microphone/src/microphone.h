/* Words in a stream of samples: nobody says where one begins. */
#ifndef MICROPHONE_H
#define MICROPHONE_H

#include <stdint.h>

#define RATE 16000
#define HOP 320    /* samples from one frame to the next: 20 ms */
#define FRAMES 49  /* of a window: a second */
#define STRIDE 5   /* frames from one window to the next: 100 ms */

/* 0, or a status of tinyml.h. */
int microphone_begin(void);

/* Takes the next HOP samples; the word that is detected with them, -1 while there is none, -2 where a model fails. */
int microphone_samples(const int16_t samples[HOP]);

#endif
