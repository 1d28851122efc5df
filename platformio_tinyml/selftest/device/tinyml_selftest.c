/* The self test on the device: each model is initialised once and invoked on each of its samples; what it took and what
 * came out goes to the log, in lines that selftest/log.py describes. The verdict is the build's. */
#include "tinyml_selftest.h"

#include <string.h>
#include <tinyml_flash.h>

#include "tinyml_selftest_clock.h"
#include "tinyml_selftest_stack.h"

#define HEX_BYTES 32u

static char line[160];
static uint16_t length;
static uint32_t run, number;

static uint32_t crc_of(uint32_t crc, const uint8_t *data, uint32_t size) {
    uint8_t bit;
    for (crc = ~crc; size > 0; size--) {
        crc ^= *data++;
        for (bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}

static void put(char character) {
    if (length < sizeof line) {
        line[length++] = character;
    }
}

static void word(const char *text) {
    put(' ');
    while (*text != '\0') {
        put(*text++);
    }
}

static void decimal(uint32_t value) {
    char digits[10];
    uint8_t count = 0;
    put(' ');
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        put(digits[--count]);
    }
}

static void hex(uint8_t byte) {
    put("0123456789abcdef"[byte >> 4]);
    put("0123456789abcdef"[byte & 15]);
}

static void hex_word(uint32_t value) {
    put(' ');
    hex((uint8_t)(value >> 24));
    hex((uint8_t)(value >> 16));
    hex((uint8_t)(value >> 8));
    hex((uint8_t)value);
}

static void begin_line(const char *what) {
    length = 0;
    word("~tinyml");
    word(TINYML_SELFTEST_NONCE);
    decimal(run);
    decimal(number++);
    word(what);
}

static void end_line(void) {
    hex_word(crc_of(0, (const uint8_t *)line + 1, length - 1u)); /* without the blank that it begins with */
    put('\n');
    tinyml_selftest_write(line + 1, length - 1u);
}

/* Where a call took so much stack. -1 is none known. */
static void signed_word(int32_t value) {
    if (value < 0) {
        word("-");
    } else {
        decimal((uint32_t)value);
    }
}

typedef struct {
    tinyml_status status;
    uint32_t ticks;
    int32_t stack;
} measured;

static __attribute__((noinline)) measured measure(tinyml_status (*function)(void)) {
    measured found;
    const stack_paint paint = stack_painted();
    const uint32_t before = clock_now();
    found.status = function();
    found.ticks = clock_now() - before;
    found.stack = stack_used(paint);
    return found;
}

static void put_measured(const measured *found) {
    decimal((uint32_t)found->status);
    decimal(found->ticks);
    signed_word(found->stack);
}

static void put_output(uint8_t output, const uint8_t *data, uint32_t size) {
    uint32_t at, each;
    for (at = 0; at < size; at += HEX_BYTES) {
        begin_line("output");
        decimal(output);
        decimal(at);
        put(' ');
        for (each = at; each < size && each < at + HEX_BYTES; each++) {
            hex(data[each]);
        }
        end_line();
    }
}

#ifdef TINYML_SELFTEST_TRACE
static uint8_t traced_model;
static const uint8_t *traced_arena;
static uint16_t turn;
static uint32_t trace_ticks;
static const uint32_t *piece;

static void trace_model(uint8_t index) {
    const tinyml_selftest_model *model = &tinyml_selftest_models[index];
    traced_model = index;
    turn = 0;
    piece = tinyml_trace_plans[index].pieces;
    traced_arena = model->arena_base != NULL ? model->arena_base() : NULL;
}

void tinyml_trace_begin(void) { trace_ticks = clock_now(); }

static void begin_operator(uint32_t ticks) {
    begin_line("operator");
    decimal(turn++);
    decimal(ticks);
}

void tinyml_trace_end(void) {
    uint32_t ticks = clock_now() - trace_ticks;
    uint16_t count = tinyml_trace_plans[traced_model].counts[turn];
    begin_operator(ticks);
    end_line();
    for (; count > 0; count--, piece += 2) {
        begin_line("piece");
        hex_word(crc_of(0, traced_arena + piece[0], piece[1]));
        end_line();
    }
}

void tinyml_trace_end_tflm(uint8_t outputs, const void *const *data, const uint32_t *bytes) {
    uint32_t ticks = clock_now() - trace_ticks;
    uint8_t each;
    begin_operator(ticks);
    end_line();
    for (each = 0; each < outputs; each++) {
        begin_line("piece");
        hex_word(data[each] != NULL ? crc_of(0, (const uint8_t *)data[each], bytes[each]) : 0);
        end_line();
    }
}
#endif

/* Whether all inputs have memory. */
static int put_inputs(const tinyml_selftest_model *model, const int8_t *from) {
    uint8_t each;
    uint32_t at;
    for (each = 0; each < model->input_count; each++) {
        int8_t *to = (int8_t *)model->input(each);
        if (to == NULL) {
            return 0;
        }
        for (at = 0; at < model->input_bytes[each]; at++) {
            *to++ = tinyml_read_i8(from++);
        }
    }
    return 1;
}

/* As tflm/search.py looks: what takes a size is taken to take any larger one. */
static void find_smallest(tinyml_status (*init)(void), uint32_t *size) {
    uint32_t refused = 0, accepted = *size / 16 * 16;
    while (accepted - refused > 16) {
        *size = (accepted + refused) / 32 * 16;
        if (init() == TINYML_OK) {
            accepted = *size;
        } else {
            refused = *size;
        }
    }
    *size = accepted;
}

/* The arena, and what of it lies beside where that was looked for, as the build's probe does (tflm/probe.py). */
static void put_arena(const tinyml_selftest_model *model) {
    uint32_t *sizes;
    if (model->whole == NULL) {
        decimal(model->arena_size);
        word("-");
        return;
    }
    sizes = model->whole();
    find_smallest(model->init, &sizes[0]);
    if (sizes[1] != 0) {
        find_smallest(model->init, &sizes[1]);
    }
    decimal(sizes[0] + sizes[1]);
    decimal(sizes[1]);
}

static void run_model(uint8_t index) {
    const tinyml_selftest_model *model = &tinyml_selftest_models[index];
    const int8_t *from = model->inputs;
    uint32_t sample_bytes = 0;
    uint16_t sample;
    uint8_t each;
    measured found;
    for (each = 0; each < model->input_count; each++) {
        sample_bytes += model->input_bytes[each];
    }
    begin_line("model");
    word(model->name);
    put_arena(model);
    found = measure(model->init);
    put_measured(&found);
    end_line();
    if (found.status != TINYML_OK) {
        return;
    }
    model->reset();
    for (sample = 0; sample < model->samples; sample++, from += sample_bytes) {
        if (!put_inputs(model, from)) {
            return;
        }
#ifdef TINYML_SELFTEST_TRACE
        trace_model(index);
#endif
        found = measure(model->invoke);
        begin_line("invoke");
        decimal(sample);
        put_measured(&found);
        end_line();
        if (found.status != TINYML_OK) {
            return;
        }
        for (each = 0; each < model->output_count; each++) {
            const uint8_t *output = (const uint8_t *)model->output(each);
            if (output == NULL) {
                return;
            }
            put_output(each, output, model->output_bytes[each]);
        }
    }
}

void tinyml_selftest_run(void) {
    uint8_t index;
    number = 0;
    begin_line("begin");
    decimal(2);
    decimal(tinyml_selftest_model_count);
    word(clock_start());
    end_line();
    for (index = 0; index < tinyml_selftest_model_count; index++) {
        run_model(index);
    }
    begin_line("end");
    decimal(number);
    end_line();
    run++;
}
