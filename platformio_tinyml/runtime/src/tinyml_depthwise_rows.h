/* DEPTHWISE_CONV_2D of few channels on Helium: the outputs of a row, 16 at a time, whatever elements and channels these are of. */
#ifndef TINYML_DEPTHWISE_ROWS_H
#define TINYML_DEPTHWISE_ROWS_H

#include "tinyml_kernels.h"
#include "tinyml_taps.h"
#include "tinyml_window.h"

#if defined(TINYML_HELIUM)

/* What lies on the stack. */
enum {
    TINYML_ROWS_LANES = 64,    /* of 16 outputs that begin at any channel: their channels, of all copies */
    TINYML_ROWS_WEIGHTS = 640, /* bytes, of taps these lanes wide */
    TINYML_ROWS_GATHERED = 25, /* taps */
    TINYML_ROWS_HELD = 4       /* a power of 2 */
};

/* Sixteen lanes: outputs, or sums. */
typedef struct {
    const int32_t *x; /* what the first tap says */
    int32_t at;       /* behind which their values lie */
    const int8_t *w;
    int32_t step;  /* bytes from a tap's weights to the next one's */
    int32_t count; /* of taps */
    const int32_t *lanes; /* biases; TINYML_ROWS_LANES words behind them and again as many the scales, in two parts */
    int32_t offset;
    int8_t *outputs;
    int32_t *sums; /* NULL; else the sums go here: lanes 0, 4, 8 and 12, then 1, 5, 9 and 13, ... */
    const uint8_t *places; /* of tinyml_rows_run_apart: what a lane's value lies behind the first one's */
} tinyml_rows_sixteen;

#if defined(TINYML_ASSEMBLY)

#define TINYML_ROWS_LOAD(first, second, third, fourth)                                                       \
    "vld40.32 {" first ", " second ", " third ", " fourth "}, [r6]\n\t"                                    \
    "vld41.32 {" first ", " second ", " third ", " fourth "}, [r6]\n\t"                                    \
    "vld42.32 {" first ", " second ", " third ", " fourth "}, [r6]\n\t"                                    \
    "vld43.32 {" first ", " second ", " third ", " fourth "}, [r6]\n\t"
#define TINYML_ROWS_FIRST(sum, scale)                                                                        \
    "vrmulh.s32 " scale ", " sum ", " scale "\n\tvadd.i32 " sum ", " sum ", " scale "\n\t"                   \
    "vshr.s32 " scale ", " sum ", #31\n\tvadd.i32 " sum ", " sum ", " scale "\n\t"
#define TINYML_ROWS_SECOND(sum, scale) "vrmulh.s32 " sum ", " sum ", " scale "\n\tvadd.i32 " sum ", " sum ", r2\n\t"

/* The products of the tap whose values are in `x` and weights in `w`, in q6 and q4. */
#define TINYML_ROWS_PRODUCTS(x, w) "vmullb.s8 q6, " x ", " w "\n\tvmullt.s8 q4, " x ", " w "\n\t"
/* A function whose taps see what x loads into the first register, the second being free, from behind address r7, and from r8 a pair's
   second tap. Two products are added in 16 bits, negative, as -128 * -128 twice does not fit else. */
#define TINYML_ROWS_RUN(first, second)                                                                       \
    __asm__ volatile("push {r4-r10, lr}\n\tvpush {d8-d15}\n\tldmia r0, {r1-r6}\n\tldr r9, [r0, #36]\n\t"     \
                     TINYML_ROWS_LOAD("q0", "q1", "q2", "q3") "lsrs r7, r5, #1\n\twls lr, r7, 2f\n"         \
                     "1:\n\tldr r7, [r1], #12\n\tldr r8, [r1], #12\n\tadd r7, r7, r2\n\tadd r8, r8, r2\n\t"   \
                     first "vldrb.8 q5, [r3]\n\tadd r3, r3, r4\n\t" TINYML_ROWS_PRODUCTS("q4", "q5") second       \
                     "vneg.s16 q6, q6\n\tvneg.s16 q4, q4\n\t"                                               \
                     "vmovlb.s16 q5, q6\n\tvsub.i32 q0, q0, q5\n\tvmovlt.s16 q7, q6\n\tvsub.i32 q2, q2, q7\n\t" \
                     "vmovlb.s16 q5, q4\n\tvsub.i32 q1, q1, q5\n\tvmovlt.s16 q7, q4\n\tvsub.i32 q3, q3, q7\n\tle lr, 1b\n" \
                     "2:\n\tlsls r5, r5, #31\n\tbeq 3f\n\tldr r7, [r1]\n\tadd r7, r7, r2\n\t" first            \
                     "vldrb.8 q5, [r3]\n\t" TINYML_ROWS_PRODUCTS("q4", "q5")                                   \
                     "vmovlb.s16 q5, q6\n\tvadd.i32 q0, q0, q5\n\tvmovlt.s16 q7, q6\n\tvadd.i32 q2, q2, q7\n\t" \
                     "vmovlb.s16 q5, q4\n\tvadd.i32 q1, q1, q5\n\tvmovlt.s16 q7, q4\n\tvadd.i32 q3, q3, q7\n"   \
                     "3:\n\tldr r2, [r0, #24]\n\tldrd r1, r3, [r0, #28]\n\tcmp r3, #0\n\tbne 4f\n\t"          \
                     "add r6, %[lanes]\n\t" TINYML_ROWS_LOAD("q4", "q5", "q6", "q7") TINYML_ROWS_FIRST("q0", "q4") \
                     TINYML_ROWS_FIRST("q1", "q5") TINYML_ROWS_FIRST("q2", "q6") TINYML_ROWS_FIRST("q3", "q7")     \
                     "add r6, %[lanes]\n\t" TINYML_ROWS_LOAD("q4", "q5", "q6", "q7") TINYML_ROWS_SECOND("q0", "q4") \
                     TINYML_ROWS_SECOND("q1", "q5") TINYML_ROWS_SECOND("q2", "q6") TINYML_ROWS_SECOND("q3", "q7")  \
                     "vqmovnb.s32 q0, q0\n\tvqmovnt.s32 q0, q2\n\tvqmovnb.s32 q1, q1\n\tvqmovnt.s32 q1, q3\n\t"  \
                     "vqmovnb.s16 q0, q0\n\tvqmovnt.s16 q0, q1\n\tvstrb.8 q0, [r1]\n\tb 5f\n"                  \
                     "4:\n\tvstrw.32 q0, [r3]\n\tvstrw.32 q1, [r3, #16]\n\tvstrw.32 q2, [r3, #32]\n\tvstrw.32 q3, [r3, #48]\n" \
                     "5:\n\tvpop {d8-d15}\n\tpop {r4-r10, pc}\n\t"                                          \
                     :                                                                                       \
                     : [lanes] "i"(4 * TINYML_ROWS_LANES))

/* 28 instructions for the 32 products of two taps. */
TINYML_NAKED void tinyml_rows_run(const tinyml_rows_sixteen *lanes TINYML_UNUSED, const tinyml_windows *windows TINYML_UNUSED)
{
    TINYML_ROWS_RUN("vldrb.8 q4, [r7]\n\t",
                    "vldrb.8 q5, [r3]\n\tvldrb.8 q7, [r8]\n\tadd r3, r3, r4\n\tvmullb.s8 q7, q7, q5\n\tvadd.i16 q6, q6, q7\n\t"
                    "vldrb.8 q7, [r8]\n\tvmullt.s8 q7, q7, q5\n\tvadd.i16 q4, q4, q7\n\t");
}

/* 30. */
TINYML_NAKED void tinyml_rows_run_apart(const tinyml_rows_sixteen *lanes TINYML_UNUSED, const tinyml_windows *windows TINYML_UNUSED)
{
    TINYML_ROWS_RUN("vldrb.8 q6, [r9]\n\tvldrb.u8 q4, [r7, q6]\n\t",
                    "vldrb.8 q7, [r9]\n\tvldrb.u8 q5, [r8, q7]\n\tvldrb.8 q7, [r3]\n\tvmullb.s8 q7, q5, q7\n\t"
                    "vadd.i16 q6, q6, q7\n\tvldrb.8 q7, [r3]\n\tadd r3, r3, r4\n\tvmullt.s8 q7, q5, q7\n\tvadd.i16 q4, q4, q7\n\t");
}

#undef TINYML_ROWS_RUN
#undef TINYML_ROWS_PRODUCTS
#undef TINYML_ROWS_LOAD
#undef TINYML_ROWS_FIRST
#undef TINYML_ROWS_SECOND

#else

/* Of lanes whose values lie side by side, or where they are all gathered, `is_apart`, as far apart as `places` says. */
TINYML_INLINE void tinyml_rows_run_either(const tinyml_rows_sixteen *lanes, const tinyml_windows *windows, int8_t is_apart)
{
    const int32x4x4_t bias = vld4q_s32(lanes->lanes), first = vld4q_s32(lanes->lanes + TINYML_ROWS_LANES);
    const int32x4x4_t second = vld4q_s32(lanes->lanes + 2 * TINYML_ROWS_LANES);
    const uint8x16_t places = is_apart ? vldrbq_u8(lanes->places) : vidupq_n_u8(0, 1);
    tinyml_sixteen sums = {bias.val[0], bias.val[1], bias.val[2], bias.val[3]};
    int32_t k;
    for (k = 0; k < lanes->count; k++) {
        const int8_t *const x = tinyml_tap_values(windows, lanes->x[k * TINYML_TAP_WORDS]) + lanes->at;
        const int8x16_t values = is_apart ? vldrbq_gather_offset_s8(x, places) : vldrbq_s8(x);
        const int8x16_t weights = vldrbq_s8(lanes->w + k * lanes->step);
        const int16x8_t even = vmullbq_int_s8(values, weights), odd = vmulltq_int_s8(values, weights);
        sums.a = vaddq_s32(sums.a, vmovlbq_s16(even));
        sums.b = vaddq_s32(sums.b, vmovlbq_s16(odd));
        sums.c = vaddq_s32(sums.c, vmovltq_s16(even));
        sums.d = vaddq_s32(sums.d, vmovltq_s16(odd));
    }
    if (lanes->sums != NULL) {
        vstrwq_s32(lanes->sums, sums.a);
        vstrwq_s32(lanes->sums + 4, sums.b);
        vstrwq_s32(lanes->sums + 8, sums.c);
        vstrwq_s32(lanes->sums + 12, sums.d);
        return;
    }
    sums.a = tinyml_high_4(sums.a, first.val[0], second.val[0], lanes->offset);
    sums.b = tinyml_high_4(sums.b, first.val[1], second.val[1], lanes->offset);
    sums.c = tinyml_high_4(sums.c, first.val[2], second.val[2], lanes->offset);
    sums.d = tinyml_high_4(sums.d, first.val[3], second.val[3], lanes->offset);
    vstrbq_s8(lanes->outputs, tinyml_sixteen_bytes(&sums));
}

TINYML_OUTLINE void tinyml_rows_run(const tinyml_rows_sixteen *lanes, const tinyml_windows *windows)
{
    tinyml_rows_run_either(lanes, windows, 0);
}

TINYML_OUTLINE void tinyml_rows_run_apart(const tinyml_rows_sixteen *lanes, const tinyml_windows *windows)
{
    tinyml_rows_run_either(lanes, windows, 1);
}

#endif

/* The same by scales that are not quick. */
TINYML_OUTLINE void tinyml_rows_run_any(tinyml_rows_sixteen *lanes, const tinyml_windows *windows, int8_t is_apart)
{
    int32_t sums[16], k;
    lanes->sums = sums;
    if (is_apart) {
        tinyml_rows_run_apart(lanes, windows);
    } else {
        tinyml_rows_run(lanes, windows);
    }
    lanes->sums = NULL;
    for (k = 0; k < 4; k++) {
        const uint32x4_t fours = tinyml_offsets(16);
        const int32x4_t first = vldrwq_gather_offset_s32(lanes->lanes + TINYML_ROWS_LANES + k, fours);
        const int32x4_t second = vldrwq_gather_offset_s32(lanes->lanes + 2 * TINYML_ROWS_LANES + k, fours);
        const int32x4_t values = tinyml_any_4(vldrwq_s32(sums + 4 * k), first, second, lanes->offset);
        vstrbq_scatter_offset_s32(lanes->outputs + k, tinyml_offsets(4), tinyml_saturated_4(values));
    }
}

typedef struct {
    const tinyml_depthwise_conv_2d_params *p;
    const int8_t *weights; /* of each tap of each copy those of the lanes */
    tinyml_rows_sixteen sixteen; /* whose step is `pitch` lanes */
    int32_t depth;
    int32_t step; /* 16 modulo depth */
    int32_t leap; /* bytes of the input from 16 outputs to the next, */
    int32_t next; /* and more where these begin with a channel before */
    int32_t copies;
    int8_t is_quick;
    int8_t is_clamped;
    int8_t *output;   /* where the next go */
    uint32_t vectors; /* made, modulo TINYML_ROWS_HELD */
    tinyml_windows windows; /* whose taps say where their values lie in the input, x[0], and gathered, x[1] */
    uint8_t places[TINYML_ROWS_LANES]; /* of the lanes' values, behind those of the first one's element */
    int8_t held[16 * TINYML_ROWS_HELD];
    int32_t held_lanes[TINYML_ROWS_HELD];
    int8_t gathered[16 * TINYML_ROWS_GATHERED];
    int32_t lanes[3 * TINYML_ROWS_LANES];
    int8_t laid[TINYML_ROWS_WEIGHTS];
} tinyml_depthwise_rows;

/* Copies what so many lanes from `channel` of `element` on see by all taps; padding and other lanes are zero
   points. in_y is the row of the input that the windows begin in. */
TINYML_OUTLINE void tinyml_rows_gather(tinyml_depthwise_rows *rows, int32_t in_y, int32_t element, int32_t channel, int32_t lanes)
{
    const tinyml_depthwise_conv_2d_params *const p = rows->p;
    const int32_t depth = p->input_depth, row_size = p->input_width * depth, width = p->filter_width, taller = p->filter_height;
    const int32_t down = p->dilation_height * row_size, right = p->dilation_width * depth, below = 16 * width;
    const uint8x16_t places = vldrbq_u8(rows->places + channel);
    const int8x16_t zeros = vdupq_n_s8((int8_t)-p->input_offset);
    const int32_t most = rows->places[channel + lanes - 1];
    const tinyml_taps inside = tinyml_taps_inside(in_y, p->input_height, taller, p->dilation_height);
    const int8_t *const values = rows->windows.input + (in_y + inside.first * p->dilation_height) * row_size;
    int8_t *to = rows->gathered;
    int32_t at = (element * p->stride_width - p->pad_width) * depth, x;
    if (inside.end - inside.first < taller) {
        for (x = 0; x < taller * below; x += 16) {
            vstrbq_s8(to + x, zeros);
        }
    }
    to += inside.first * below;
    for (x = 0; x < width; x++, at += right, to += 16) {
        mve_pred16_t some = vctp8q((uint32_t)lanes);
        const int8_t *from = values + at;
        int8_t *next = to;
        int32_t k;
        if (at < 0) {
            some = vcmpcsq_m_n_u8(places, (uint8_t)(at < -255 ? 255 : -at), some);
        }
        if (at + most >= row_size) {
            some = (mve_pred16_t)(some & ~vcmpcsq_n_u8(places, (uint8_t)(row_size < at ? 0 : row_size - at)));
        }
        for (k = inside.end - inside.first; k > 0; k--, next += below, from += down) {
            vstrbq_s8(next, vpselq_s8(vldrbq_gather_offset_z_s8(from, places, some), zeros, some));
        }
    }
}

/* Sixteen outputs of which so many are, by the taps that rows->sixteen has, go where the ones before go when those are read for that
   may lie behind. */
TINYML_INLINE void tinyml_rows_hold(tinyml_depthwise_rows *rows, int32_t lanes)
{
    const uint32_t slot = rows->vectors % TINYML_ROWS_HELD, next = (slot + 1) % TINYML_ROWS_HELD;
    const int32_t released = rows->held_lanes[next];
    int8_t *const output = rows->output;
    rows->vectors = next;
    rows->output = output + released;
    rows->held_lanes[slot] = lanes;
    vstrbq_p_s8(output, vldrbq_s8(rows->held + 16 * next), vctp8q((uint32_t)released));
}

/* Makes the outputs that rows->sixteen says. */
TINYML_INLINE void tinyml_rows_make(tinyml_depthwise_rows *rows, int8_t is_apart)
{
    if (!rows->is_quick) {
        tinyml_rows_run_any(&rows->sixteen, &rows->windows, is_apart);
    } else if (is_apart) {
        tinyml_rows_run_apart(&rows->sixteen, &rows->windows);
    } else {
        tinyml_rows_run(&rows->sixteen, &rows->windows);
    }
    if (rows->is_clamped) {
        const int8x16_t min = vdupq_n_s8(rows->p->activation_min), max = vdupq_n_s8(rows->p->activation_max);
        vstrbq_s8(rows->sixteen.outputs, vminq_s8(vmaxq_s8(vldrbq_s8(rows->sixteen.outputs), min), max));
    }
}

/* So many times 16 outputs from `channel` on whose windows lie inside; the channel of the next. */
TINYML_OUTLINE int32_t tinyml_rows_inside(tinyml_depthwise_rows *rows, int32_t channel, int32_t vectors)
{
    const int32_t depth = rows->depth, step = rows->step, stride = rows->p->stride_width;
    rows->sixteen.x = &rows->windows.taps->x[0];
    for (; vectors > 0; vectors--) {
        rows->sixteen.w = rows->weights + channel;
        rows->sixteen.lanes = rows->lanes + channel;
        rows->sixteen.places = rows->places + channel;
        rows->sixteen.outputs = rows->held + 16 * rows->vectors;
        tinyml_rows_make(rows, (int8_t)(stride != 1));
        tinyml_rows_hold(rows, 16);
        rows->sixteen.at += rows->leap;
        channel += step;
        if (channel >= depth) {
            channel -= depth;
            rows->sixteen.at += rows->next;
        }
    }
    return channel;
}

/* So many lanes of the outputs from `channel` of `element` on, whose windows begin in row in_y of the input. */
TINYML_OUTLINE void tinyml_rows_any(tinyml_depthwise_rows *rows, int32_t in_y, int32_t element, int32_t channel, int32_t lanes)
{
    const int32_t copies = rows->copies, pitch = rows->sixteen.step;
    const uint8x16_t apart = vmulq_n_u8(vidupq_n_u8(0, 1), (uint8_t)copies);
    int32_t copy;
    tinyml_rows_gather(rows, in_y, element, channel, lanes);
    rows->sixteen.x = &rows->windows.taps->x[1];
    rows->sixteen.at = 0;
    rows->sixteen.w = rows->weights + channel;
    rows->sixteen.lanes = rows->lanes + channel;
    rows->sixteen.outputs = rows->held + 16 * rows->vectors;
    if (copies == 1) {
        tinyml_rows_make(rows, 0);
        tinyml_rows_hold(rows, lanes);
        return;
    }
    for (copy = 0; copy < copies; copy++) {
        tinyml_rows_make(rows, 0);
        vstrbq_scatter_offset_p_s8(rows->output + copy, apart, vldrbq_s8(rows->sixteen.outputs), vctp8q((uint32_t)lanes));
        rows->sixteen.w += rows->sixteen.count * pitch;
        rows->sixteen.lanes += pitch;
    }
    rows->output += lanes * copies;
}

/* The row of outputs whose windows begin in row in_y of the input. */
TINYML_OUTLINE void tinyml_rows_row(tinyml_depthwise_rows *rows, int32_t in_y)
{
    const tinyml_depthwise_conv_2d_params *const p = rows->p;
    const int32_t depth = rows->depth, size = p->output_width * depth;
    const int32_t stride = p->stride_width, right = p->input_width - 1 - (p->filter_width - 1) * p->dilation_width + p->pad_width;
    /* From where windows lie inside, to where those of 16 outputs do. */
    const int32_t first = (p->pad_width + stride - 1) / stride * depth;
    int32_t last = right < 0 ? -1 : (right / stride + 1) * depth - 16;
    int32_t at = 0, channel = 0, element = 0;
    if (rows->copies > 1 || in_y < 0 || in_y + (p->filter_height - 1) * p->dilation_height >= p->input_height) {
        last = -1;
    }
    last = last > size - 16 ? size - 16 : last;
    while (at < size) {
        int32_t count = size - at < 16 ? size - at : 16;
        if (at >= first && at <= last) {
            count = ((last - at) >> 4) + 1;
            rows->sixteen.at = (in_y * p->input_width + element * stride - p->pad_width) * depth + (stride == 1 ? channel : 0);
            channel = tinyml_rows_inside(rows, channel, count);
            at += 16 * count;
            element = at / depth;
            continue;
        }
        tinyml_rows_any(rows, in_y, element, channel, count);
        at += 16;
        for (channel += 16; channel >= depth; channel -= depth) {
            element++;
        }
    }
}

/* Filter, biases and scales as `rows` wants them. */
TINYML_OUTLINE TINYML_SMALL void tinyml_rows_lay(tinyml_depthwise_rows *rows, const int8_t *filter, int32_t filter_pitch,
                                                 const int32_t *bias, const int32_t *scale)
{
    const int32_t depth = rows->p->input_depth, pitch = rows->sixteen.step, taps = rows->copies * rows->sixteen.count;
    uint8_t *const channels = (uint8_t *)rows->gathered;
    int32_t *to = rows->lanes;
    int32_t lane, channel = 0, place = 0, tap, copy;
    for (lane = 0; lane < pitch; lane++) {
        channels[lane] = (uint8_t)channel;
        rows->places[lane] = (uint8_t)place;
        channel++;
        place++;
        if (channel == depth) {
            channel = 0;
            place += (rows->p->stride_width - 1) * depth;
        }
    }
    for (copy = 0; copy < rows->copies; copy++, bias += depth, scale += 2 * depth) {
        for (lane = 0; lane < pitch; lane++, to++) {
            channel = channels[lane];
            to[0] = bias[channel];
            to[TINYML_ROWS_LANES] = scale[2 * channel];
            to[2 * TINYML_ROWS_LANES] = scale[2 * channel + 1];
        }
    }
    rows->weights = filter;
    if (pitch == filter_pitch) {
        return;
    }
    rows->weights = rows->laid;
    for (lane = 0; lane < pitch; lane += 16) {
        const mve_pred16_t some = vctp8q((uint32_t)(pitch - lane));
        const uint8x16_t these = vldrbq_z_u8(channels + lane, some);
        for (tap = 0; tap < taps; tap++) {
            const int8x16_t weights = vldrbq_gather_offset_z_s8(filter + tap * filter_pitch, these, some);
            vstrbq_p_s8(rows->laid + tap * pitch + lane, weights, some);
        }
    }
}

/* All outputs, if the stack has room for what that wants: whether it has. The filter is of `filter_pitch` bytes a tap. Outputs wait until
   those of as many channels more are read, as the second window's do in tinyml_depthwise_pairs; of several copies until their windows
   are read for good. */
TINYML_OUTLINE TINYML_SMALL int8_t tinyml_depthwise_by_rows(const tinyml_depthwise_conv_2d_params *p, const int8_t *input,
                                                            const int8_t *filter, int32_t filter_pitch, const int32_t *bias,
                                                            const int32_t *scale, int8_t *output, tinyml_tap *taps, int32_t copies)
{
    const int32_t depth = p->input_depth, lowest = depth & -depth, width = p->filter_width, count = p->filter_height * width;
    const int32_t pitch = depth - (lowest < 16 ? lowest : 16) + 16, row_size = p->input_width * depth;
    tinyml_depthwise_rows rows;
    int32_t batch, y, x, k;
    if (depth > 32 || count > TINYML_ROWS_GATHERED || p->stride_width * (16 + depth) > 240 || copies > 16 ||
        pitch * copies > TINYML_ROWS_LANES || (pitch != filter_pitch && pitch * count * copies > TINYML_ROWS_WEIGHTS)) {
        return 0;
    }
    rows.p = p;
    rows.sixteen.step = pitch;
    rows.sixteen.count = count;
    rows.sixteen.offset = p->output_offset;
    rows.sixteen.sums = NULL;
    rows.sixteen.places = rows.places;
    rows.depth = depth;
    rows.step = 16 % depth;
    rows.leap = p->stride_width == 1 ? 16 : 16 / depth * p->stride_width * depth;
    rows.next = p->stride_width == 1 ? 0 : p->stride_width * depth;
    rows.copies = copies;
    rows.is_quick = p->is_quick;
    rows.is_clamped = (int8_t)(p->activation_min != -128 || p->activation_max != 127);
    rows.output = output;
    rows.vectors = 0;
    tinyml_rows_lay(&rows, filter, filter_pitch, bias, scale);
    for (k = 0; k < TINYML_ROWS_HELD; k++) {
        rows.held_lanes[k] = 0;
    }
    rows.windows.taps = taps;
    rows.windows.zeros = rows.gathered;
    for (batch = p->batches; batch > 0; batch--, input += p->input_height * row_size) {
        tinyml_tap *tap = taps;
        rows.windows.input = input;
        for (y = k = 0; y < p->filter_height; y++) {
            for (x = 0; x < width; x++, tap++, k += 16) {
                tap->x[0] = tinyml_tap_base(&rows.windows) + y * p->dilation_height * row_size + x * p->dilation_width * depth;
                tap->x[1] = tinyml_tap_zeros(&rows.windows) + k;
            }
        }
        for (y = 0; y < p->output_height; y++) {
            tinyml_rows_row(&rows, y * p->stride_height - p->pad_height);
        }
    }
    for (k = 1; k < TINYML_ROWS_HELD; k++) {
        tinyml_rows_hold(&rows, 0);
    }
    return 1;
}

#endif
#endif
