/* Scores of windows that overlap, made one detection an event. */
#ifndef DEBOUNCE_H
#define DEBOUNCE_H

#include <stdint.h>

#define CLASSES 4
#define SMOOTHED 2 /* windows that are averaged */

typedef struct {
    int16_t sums[CLASSES];
    int8_t last[SMOOTHED][CLASSES];
    uint8_t seen;      /* windows so far, up to SMOOTHED */
    uint8_t next;      /* the row of `last` that is the oldest */
    uint8_t quiet;     /* windows until the next detection may be */
    int8_t threshold;  /* mean score of a detection, quantized as the scores are */
    uint8_t dead_time; /* windows after a detection that give none */
} debounce;

/* Before the first window. */
void debounce_begin(debounce *state, int8_t threshold, uint8_t dead_time);

/* The class that is detected with this window, -1 while there is none; class 0 (silence) never is. */
int debounce_window(debounce *state, const int8_t scores[CLASSES]);

#endif
