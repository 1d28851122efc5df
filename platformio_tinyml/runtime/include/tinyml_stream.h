/* Streams: calls that run row by row, so that of what passes between them only the rows that are wanted yet are held. */
#ifndef TINYML_STREAM_H
#define TINYML_STREAM_H

#include "tinyml_flash.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A tensor in a stream, in flash: `rows` of its rows are held, from `offset` of the arena on, `row` bytes each. `top` rows of
   padding come before the `height` rows of the tensor, `bottom` after them, all of the byte `fill`. Where all rows have room
   none ever moves; elsewhere those in front move out as more come. */
typedef struct {
    int32_t offset;
    int32_t row;
    int16_t rows;
    int16_t top;
    int16_t height;
    int16_t bottom;
    int16_t shift; /* so many rows move out at least when there is no room for more */
    int8_t fill;
    int8_t is_given; /* it is there before the stream begins */
} tinyml_window;

/* What a stage reads: for its output row y, those from y / repeats * stride + first on, or from the first that is held where that
   is less; row 0 is the tensor's first, those of the padding above come before it. */
typedef struct {
    int16_t stride;
    int16_t first;
    int8_t window; /* -1: nothing */
} tinyml_reading;

#define TINYML_READINGS 2

/* A call, in flash: makes `height` rows of window `output`, `band` at a time, `lead` in the first step. */
typedef struct {
    const void *params;
    const void *rest_params; /* of fewer rows than a band */
    int16_t height;
    uint16_t scale; /* 32768 / repeats, rounded up: so many rows, of which band and lead are multiples, are made of the same */
    int8_t band;
    int8_t lead;
    int8_t output;
    int8_t is_in_place; /* each row replaces one that lies there */
    tinyml_reading readings[TINYML_READINGS];
} tinyml_stage;

/* A stream, in flash. `order` is a stage's number for each step. One that has made all its rows makes the padding below them.
   A number -n below 0 and a count behind it: the n bytes before it once more, so many times. */
typedef struct {
    const tinyml_stage *stages;
    const tinyml_window *windows;
    const int8_t *order;
    int16_t stage_count;
    int16_t window_count;
} tinyml_steps;

#define TINYML_STEPS_END INT8_MIN

/* Whose turn it is in a stream whose input or output goes row by row. */
enum {
    TINYML_ROWS_DONE,  /* nobody's: it is done, or has not begun */
    TINYML_ROW_WANTED, /* the application's: `out` is where the next row of the input goes */
    TINYML_ROW_THERE,  /* the application's: in[0] is the next row of the output */
    TINYML_ROW_TAKEN   /* the stream's: that row may go */
};

/* A stream as it runs. */
typedef struct {
    const tinyml_stage *stages; /* NULL: it does not run. Only who has asked for that sets it */
    const tinyml_window *windows;
    const int8_t *next; /* in the order */
    uint8_t *arena;
    int32_t *bases; /* by window where its tensor's row 0 would lie in the arena if it were held */
    int16_t *made;  /* by stage the rows that it has made, padding below included */
    int32_t times;  /* that a part of the order comes yet, 0 outside such a part */
    int32_t row;    /* the first of the rows to make now */
    const void *params;
    void *in[TINYML_READINGS];
    void *out;
} tinyml_stream;

/* Before the first step. `bases` has an element for each window, `made` one for each stage. */
void tinyml_stream_begin(tinyml_stream *stream, const tinyml_steps *steps, uint8_t *arena, int32_t *bases, int16_t *made);

/* The number of the stage to run now, on `in` and `out`; below 0 when all is done. */
int32_t tinyml_stream_next(tinyml_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
