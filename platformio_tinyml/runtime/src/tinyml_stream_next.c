#include "tinyml_core.h"

#include "tinyml_stream.h"

/* Moves words or bytes down. */
TINYML_OUTLINE TINYML_SMALL void tinyml_stream_move(uint8_t *to, const uint8_t *from, int32_t size)
{
    if ((((uintptr_t)to | (uintptr_t)from | (uintptr_t)size) & 3) == 0) {
        uint32_t *t = (uint32_t *)(void *)to;
        const uint32_t *f = (const uint32_t *)(const void *)from;
#if defined(TINYML_THUMB_2)
        const uint32_t *const last = f + (size >> 5) * 8;
        while (f != last) {
            __asm__("ldmia %1!, {r3-r6, r8-r10, r12}\n\tstmia %0!, {r3-r6, r8-r10, r12}"
                    : "+l"(t), "+l"(f)
                    :
                    : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "memory");
        }
        size &= 31;
#elif defined(TINYML_THUMB_1)
        const uint32_t *const last = f + (size >> 4) * 4;
        while (f != last) {
            __asm__("ldmia %1!, {r3-r6}\n\tstmia %0!, {r3-r6}" : "+l"(t), "+l"(f) : : "r3", "r4", "r5", "r6", "memory");
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

/* Nothing is made, and padding lies before what will be, and around what is given. */
TINYML_SMALL
void tinyml_stream_begin(tinyml_stream *s, const tinyml_steps *steps, uint8_t *arena, int32_t *bases, int16_t *made)
{
    TINYML_PARAMS(tinyml_steps, all, steps);
    int32_t i;
    s->stages = all->stages;
    s->windows = all->windows;
    s->next = all->order;
    s->arena = arena;
    s->bases = bases;
    s->made = made;
    s->times = 0;
    for (i = 0; i < all->window_count; i++) {
        TINYML_PARAMS(tinyml_window, w, s->windows + i);
        int8_t *const first = (int8_t *)arena + w->offset;
        const int32_t top = w->top * w->row;
        bases[i] = w->offset + top;
        tinyml_fill_bytes(first, w->fill, top);
        if (w->is_given) {
            tinyml_fill_bytes(first + top + w->height * w->row, w->fill, w->bottom * w->row);
        }
    }
    for (i = 0; i < all->stage_count; i++) {
        made[i] = 0;
    }
}

/* The stage of the next step where the order goes back to a part of it; below 0 behind the last. */
TINYML_OUTLINE TINYML_SMALL int32_t tinyml_stream_again(tinyml_stream *s)
{
    const int8_t *next = s->next;
    int32_t at;
    while ((at = tinyml_read_i8(next++)) < 0 && at != TINYML_STEPS_END) {
        if (s->times == 0) {
            s->times = tinyml_read_i8(next) + 1;
        }
        next += --s->times > 0 ? at - 1 : 1;
    }
    s->next = next;
    return at;
}

/* Makes room in a window for what ends `over` bytes behind what it holds; by how much all moved down. */
TINYML_OUTLINE TINYML_SMALL int32_t tinyml_stream_make_room(tinyml_stream *s, int32_t number, int32_t out, int32_t over)
{
    TINYML_PARAMS(tinyml_window, w, s->windows + number);
    uint8_t *const first = s->arena + w->offset;
    const int32_t least = w->shift * w->row;
    over = over < least ? least : over;
    s->bases[number] -= over;
    tinyml_stream_move(first, first + over, out - over - w->offset);
    return over;
}

/* Where row `row` of a window's tensor lies; what it holds first where that comes later. */
TINYML_INLINE void *tinyml_stream_at(const tinyml_stream *s, const tinyml_reading *r, int32_t unit)
{
    TINYML_PARAMS(tinyml_window, w, s->windows + r->window);
    const int32_t at = s->bases[r->window] + (unit * r->stride + r->first) * w->row;
    return s->arena + (at > w->offset ? at : w->offset);
}

TINYML_SMALL
int32_t tinyml_stream_next(tinyml_stream *s)
{
    for (;;) {
        int32_t at = tinyml_read_i8(s->next);
        if (at >= 0) {
            s->next++;
        } else if ((at = tinyml_stream_again(s)) < 0) {
            return at;
        }
        {
            TINYML_PARAMS(tinyml_stage, stage, s->stages + at);
            TINYML_PARAMS(tinyml_window, w, s->windows + stage->output);
            const int32_t made = s->made[at];
            const int32_t left = stage->height - made;
            int32_t rows = made > 0 ? stage->band : stage->lead;
            int32_t out = s->bases[stage->output] + made * w->row; /* in the arena */
            s->row = made;
            s->params = stage->params;
            if (left < rows) {
                rows = left > 0 ? left : w->bottom;
            }
            if (rows < stage->band) {
                s->params = stage->rest_params;
            }
            s->made[at] = (int16_t)(made + rows);
            if (!stage->is_in_place) {
                const int32_t over = out - w->offset + (rows - w->rows) * w->row;
                if (over > 0) {
                    out -= tinyml_stream_make_room(s, stage->output, out, over);
                }
            }
            s->out = s->arena + out;
            if (left > 0) {
                const int32_t unit = (int32_t)((uint32_t)made * stage->scale >> 15);
                int32_t i;
                for (i = 0; i < TINYML_READINGS && stage->readings[i].window >= 0; i++) {
                    s->in[i] = tinyml_stream_at(s, stage->readings + i, unit);
                }
                return at;
            }
            tinyml_fill_bytes((int8_t *)s->out, w->fill, rows * w->row);
        }
    }
}
