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

/* What a stage reads: for its output row y, those from (y >> shift) * stride + first on and before (y >> shift) * stride + ahead;
   row 0 is the tensor's first, those of the padding above come before it. */
typedef struct {
    int8_t window; /* -1: nothing */
    int8_t stage;  /* that makes it; -1: it is given */
    int16_t stride;
    int16_t first;
    int16_t ahead;
} tinyml_reading;

#define TINYML_READINGS 2

/* A call, in flash: makes `height` rows of window `output`, `band` at a time, `lead` in the first step. */
typedef struct {
    const void *params;
    const void *rest_params; /* of fewer rows than a band */
    int16_t height;
    int16_t band;
    int16_t lead;
    int8_t output;
    int8_t then;        /* the last stage that reads the output */
    int8_t is_in_place; /* each row replaces one that lies there */
    int8_t shift;       /* 1 << shift rows, of which band and lead are multiples, are made of the same */
    tinyml_reading readings[TINYML_READINGS];
} tinyml_stage;

#define TINYML_STREAM_NEW INT16_MAX

/* Whose turn it is in a stream whose input or output goes row by row. */
enum {
    TINYML_ROWS_DONE,  /* nobody's: it is done, or has not begun */
    TINYML_ROW_WANTED, /* the application's: `out` is where the next row of the input goes */
    TINYML_ROW_THERE,  /* the application's: in[0] is the next row of the output */
    TINYML_ROW_TAKEN   /* the stream's: that row may go */
};

/* A stream as it runs. The members up to `at` are the caller's to set. */
typedef struct {
    const tinyml_stage *stages;
    const tinyml_window *windows;
    uint8_t *arena;
    int16_t *made;    /* by stage the rows that it has made, padding below included */
    int16_t *head;    /* by window the number of the first row that it holds */
    int16_t stage_count;
    int16_t window_count;
    int16_t at;       /* TINYML_STREAM_NEW before the first step; then the stage to look at next */
    int32_t row;      /* the first of the rows to make now */
    const void *params;
    void *in[TINYML_READINGS];
    void *out;
} tinyml_stream;

/* The number of the stage to run now, on `in` and `out`; -1 when all is done. Of the stages that can run it is the last. */
int32_t tinyml_stream_next(tinyml_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
