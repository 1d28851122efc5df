/* From an 8x8 image to a label. */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Label 0..9 of an image of 8x8 pixels of 0..16, or -1 where the model failed.
   *scores points to the ten int8 scores, valid until the next call. */
int classify(const uint8_t pixels[64], const int8_t **scores);

#ifdef __cplusplus
}
#endif

#endif
