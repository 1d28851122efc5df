/* What the self test's firmware consists of: the models with their inputs (vectors.c), what is common to all targets
 * (tinyml_selftest.c), and the port that the log goes to. */
#ifndef TINYML_SELFTEST_H
#define TINYML_SELFTEST_H

#include <stdint.h>
#include <tinyml.h>

#include "tinyml_selftest_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One model. `inputs` are `samples` times the bytes of all inputs, in flash. Sizes are in bytes. `arena_base` is where
 * the compiled runtime's arena begins, or NULL;
 * `whole`, of a build that probes, sets the two sizes that init is tried with to those of the build (the arena's, and
 * of a split one what lies beside it, else 0) and says where they are, or is NULL. */
typedef struct {
    const char *name;
    tinyml_status (*init)(void);
    tinyml_status (*invoke)(void);
    void (*reset)(void);
    void *(*input)(int);
    void *(*output)(int);
    uint8_t *(*arena_base)(void);
    uint32_t *(*whole)(void);
    const uint32_t *input_bytes;
    const uint32_t *output_bytes;
    const int8_t *inputs;
    uint32_t arena_size;
    uint8_t input_count;
    uint8_t output_count;
    uint16_t samples;
} tinyml_selftest_model;

extern const tinyml_selftest_model tinyml_selftest_models[];
extern const uint8_t tinyml_selftest_model_count;

/* Runs everything once and writes the log. */
void tinyml_selftest_run(void);

/* The port: opened once; `length` bytes written, all of them. */
void tinyml_selftest_open(void);
void tinyml_selftest_write(const char *text, uint16_t length);

/* Around each operator, in a build that looks into models (TINYML_SELFTEST_TRACE). */
void tinyml_trace_begin(void);
void tinyml_trace_end(void);
void tinyml_trace_end_tflm(uint8_t outputs, const void *const *data, const uint32_t *bytes);

/* By turns of the compiled runtime: how many pieces of tensors are whole after it, and (offset, bytes) of each. */
typedef struct {
    const uint16_t *counts;
    const uint32_t *pieces;
} tinyml_trace_plan;
extern const tinyml_trace_plan tinyml_trace_plans[];

#ifdef __cplusplus
}
#endif
#endif
