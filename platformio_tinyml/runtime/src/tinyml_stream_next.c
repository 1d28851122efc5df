#include "tinyml_core.h"

#include "tinyml_stream.h"

/* Moves words or bytes down. */
static void tinyml_stream_move(uint8_t *to, const uint8_t *from, int32_t size)
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

/* Where row `row` of a window lies. */
static uint8_t *tinyml_stream_row(const tinyml_stream *s, const tinyml_window *w, int32_t window, int32_t row)
{
    return s->arena + w->offset + (row - s->head[window]) * w->row;
}

/* Makes room in a window for the last `band` of the rows before `end`. */
static void tinyml_stream_make_room(tinyml_stream *s, const tinyml_window *w, int32_t window, int32_t end, int32_t band)
{
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
        s->head[i] = 0;
        tinyml_fill_bytes((int8_t *)s->arena + w->offset, w->fill, w->top * w->row);
        if (w->is_given) {
            tinyml_fill_bytes((int8_t *)s->arena + w->offset + (w->top + w->height) * w->row, w->fill, w->bottom * w->row);
        }
    }
    for (i = 0; i < s->stage_count; i++) {
        s->made[i] = 0;
    }
    s->at = (int16_t)(s->stage_count - 1);
}

/* Whether stage `at` could move on: its rows are made by the kernel (1), or they are padding and are there now (2). */
TINYML_SMALL static int8_t tinyml_stream_step(tinyml_stream *s, int32_t at)
{
    TINYML_PARAMS(tinyml_stage, stage, s->stages + at);
    TINYML_PARAMS(tinyml_window, output, s->windows + stage->output);
    const int32_t made = s->made[at], top = output->top;
    int32_t band = stage->height - made, i;
    const int8_t is_padding = (int8_t)(band <= 0);
    if (is_padding) {
        band += output->bottom;
        if (band <= 0) {
            return 0;
        }
    } else {
        const int32_t most = made > 0 ? stage->band : stage->lead;
        band = band > most ? most : band;
    }
    for (i = 0; i < TINYML_READINGS; i++) {
        const tinyml_reading *const r = &stage->readings[i];
        int32_t begin, end;
        if (r->window < 0 || (is_padding && !(stage->is_in_place && r->window == stage->output))) {
            continue;
        }
        TINYML_PARAMS(tinyml_window, w, s->windows + r->window);
        begin = (made >> stage->shift) * r->stride + r->first;
        end = is_padding ? top + made + band : begin + ((band - 1) >> stage->shift) * r->stride + r->span;
        if (r->stage >= 0 && w->top + s->made[r->stage] < end) {
            return 0;
        }
        s->in[i] = tinyml_stream_row(s, w, r->window, begin);
    }
    if (!stage->is_in_place) {
        tinyml_stream_make_room(s, output, stage->output, top + made + band, band);
    }
    s->out = tinyml_stream_row(s, output, stage->output, top + made);
    s->row = made;
    s->is_rest = (int8_t)(band < stage->band);
    s->made[at] = (int16_t)(made + band);
    s->at = stage->then;
    if (is_padding && !stage->is_in_place) {
        tinyml_fill_bytes((int8_t *)s->out, output->fill, band * output->row);
    }
    return is_padding ? 2 : 1;
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
            s->at--;
        }
    }
    return -1;
}
