#include "tinyml_core.h"

#include "tinyml_stream.h"

/* Moves words or bytes down. */
TINYML_OUTLINE TINYML_SMALL void tinyml_stream_move(uint8_t *to, const uint8_t *from, int32_t size)
{
    if ((((uintptr_t)to | (uintptr_t)from | (uintptr_t)size) & 3) == 0) {
        uint32_t *t = (uint32_t *)(void *)to;
        const uint32_t *f = (const uint32_t *)(const void *)from;
#if defined(__thumb__) && defined(__GNUC__)
        const uint32_t *const last = f + (size >> 4) * 4;
        while (f != last) {
            __asm__("ldmia %1!, {r3, r4, r5, r6}\n\tstmia %0!, {r3, r4, r5, r6}" : "+l"(t), "+l"(f) : : "r3", "r4", "r5", "r6", "memory");
        }
        size &= 15;
#endif
        for (; size > 0; size -= 4) {
            *t++ = *f++;
        }
    } else {
        for (; size > 0; size--) {
            *to++ = *from++;
        }
    }
}

/* Where row `row` of a window's tensor lies; those of the padding above have numbers below 0. */
TINYML_OUTLINE TINYML_SMALL uint8_t *tinyml_stream_row(const tinyml_stream *s, int32_t window, int32_t row)
{
    TINYML_PARAMS(tinyml_window, w, s->windows + window);
    return s->arena + w->offset + (row - s->head[window]) * w->row;
}

/* Padding in `count` rows of a window from row `row` on. */
TINYML_OUTLINE TINYML_SMALL void tinyml_stream_pad(const tinyml_stream *s, int32_t window, int32_t row, int32_t count)
{
    TINYML_PARAMS(tinyml_window, w, s->windows + window);
    tinyml_fill_bytes((int8_t *)tinyml_stream_row(s, window, row), w->fill, count * w->row);
}

/* Makes room in a window for the last `band` of the rows before `end`. */
TINYML_OUTLINE TINYML_SMALL void tinyml_stream_make_room(const tinyml_stream *s, int32_t window, int32_t end, int32_t band)
{
    TINYML_PARAMS(tinyml_window, w, s->windows + window);
    int32_t over = end - s->head[window] - w->rows;
    if (over > 0) {
        uint8_t *const first = s->arena + w->offset;
        over = over < w->shift ? w->shift : over;
        s->head[window] = (int16_t)(s->head[window] + over);
        tinyml_stream_move(first, first + over * w->row, (end - band - s->head[window]) * w->row);
    }
}

/* Nothing is made, and padding lies before what will be, and around what is given. */
TINYML_SMALL static void tinyml_stream_begin(tinyml_stream *s)
{
    int32_t i;
    for (i = 0; i < s->window_count; i++) {
        TINYML_PARAMS(tinyml_window, w, s->windows + i);
        s->head[i] = (int16_t)-w->top;
        tinyml_stream_pad(s, i, -w->top, w->top);
        if (w->is_given) {
            tinyml_stream_pad(s, i, w->height, w->bottom);
        }
    }
    for (i = 0; i < s->stage_count; i++) {
        s->made[i] = 0;
    }
    s->at = (int16_t)(s->stage_count - 1);
}

/* Whether stage `at` could move on: its rows are made by the kernel (1), or they are padding and are there now (2). Most who are
   asked cannot: what they lack is seen first. */
TINYML_SMALL static int8_t tinyml_stream_step(tinyml_stream *s, int32_t at)
{
    TINYML_PARAMS(tinyml_stage, stage, s->stages + at);
    const tinyml_reading *const end = stage->readings + TINYML_READINGS, *r;
    const int32_t made = s->made[at];
    int32_t band = made > 0 ? stage->band : stage->lead;
    int8_t is_padding = 0;
    if (band > stage->height - made) {
        band = stage->height - made;
        if (band <= 0) {
            TINYML_PARAMS(tinyml_window, output, s->windows + stage->output);
            band += output->bottom;
            is_padding = 1;
            if (band <= 0) {
                return 0;
            }
        }
    }
    for (r = stage->readings; r < end && r->window >= 0; r++) {
        if (r->stage >= 0 && s->made[r->stage] < ((made + band - 1) >> stage->shift) * r->stride + r->ahead) {
            if (!is_padding || (stage->is_in_place && r->window == stage->output)) {
                return 0;
            }
        }
    }
    if (!is_padding) {
        void **in = s->in;
        for (r = stage->readings; r < end && r->window >= 0; r++) {
            *in++ = tinyml_stream_row(s, r->window, (made >> stage->shift) * r->stride + r->first);
        }
    }
    if (!stage->is_in_place) {
        tinyml_stream_make_room(s, stage->output, made + band, band);
        if (is_padding) {
            tinyml_stream_pad(s, stage->output, made, band);
        }
    }
    s->out = tinyml_stream_row(s, stage->output, made);
    s->row = made;
    s->params = band < stage->band ? stage->rest_params : stage->params;
    s->made[at] = (int16_t)(made + band);
    s->at = stage->then;
    return (int8_t)(1 + is_padding);
}

TINYML_SMALL
int32_t tinyml_stream_next(tinyml_stream *s)
{
    if (s->at == TINYML_STREAM_NEW) {
        tinyml_stream_begin(s);
    }
    while (s->at >= 0) {
        const int32_t at = s->at;
        const int8_t moved = tinyml_stream_step(s, at);
        if (moved == 1) {
            return at;
        }
        if (!moved) {
            s->at = (int16_t)(at - 1);
        }
    }
    return -1;
}
