/* A camera that gives one line after another, as a sensor with a parallel or SPI interface does: here it draws them. */
#ifndef CAMERA_H
#define CAMERA_H

#include <stdint.h>

#define CAMERA_LINES 96
#define CAMERA_WIDTH 96
#define CAMERA_KINDS 4

/* Points the camera at a scene; the same `seed` is the same scene. Returns what is in it: 0 nothing, 1 a disc,
   2 a square, 3 a triangle. */
int camera_point(uint32_t seed);

/* The next line of the picture, brightness 0 to 255. */
void camera_next_line(uint8_t line[CAMERA_WIDTH]);

#endif
