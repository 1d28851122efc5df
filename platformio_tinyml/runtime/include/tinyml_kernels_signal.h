/* Signal operators of TFLM's signal library: fixed point, as its names for them say (CUSTOM, "SignalWindow" and so on).
   Spectra are complex numbers, real and imaginary part next to each other. Conventions are those of tinyml_kernels.h, which
   includes this. */
#ifndef TINYML_KERNELS_SIGNAL_H
#define TINYML_KERNELS_SIGNAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* input, output [rows, size], window [size]: products shifted right, saturated. */
typedef struct {
    int32_t rows;
    int32_t size;
    int8_t shift;
} tinyml_signal_window_params;

void tinyml_signal_window_s16(const tinyml_signal_window_params *params, const int16_t *input, const int16_t *window,
                              int16_t *output);

/* input, output [size], scale_bits [1]: by how many bits all can be shifted left. */
typedef struct {
    int32_t size;
} tinyml_signal_fft_auto_scale_params;

void tinyml_signal_fft_auto_scale_s16(const tinyml_signal_fft_auto_scale_params *params, const int16_t *input,
                                      int16_t *output, int32_t *scale_bits);

/* Of real numbers, 2^(bits + 1) in a row, filled up with zeros: input [rows, input_length], output [rows, 2^bits + 1][2];
   the inverse the other way round, with the whole row as input_length. twiddles [2^bits][2], halves [2^(bits - 1)][2]:
   cosines and sines of 15 fractional bits (platformio_tinyml/program/fourier.py). Scratch of the inverse: 2^bits [2]. */
typedef struct {
    int32_t rows;
    int32_t input_length;
    int8_t bits;
} tinyml_signal_rfft_params;

void tinyml_signal_rfft_s16(const tinyml_signal_rfft_params *params, const int16_t *input, const int16_t *twiddles,
                            const int16_t *halves, int16_t *output);
void tinyml_signal_irfft_s16(const tinyml_signal_rfft_params *params, const int16_t *input, const int16_t *twiddles,
                             const int16_t *halves, int16_t *output, void *scratch);

/* input [size][2], output [size]: the squared absolute values from start to end - 1; others are 0. */
typedef struct {
    int32_t size;
    int32_t start;
    int32_t end;
} tinyml_signal_energy_params;

void tinyml_signal_energy_s16(const tinyml_signal_energy_params *params, const int16_t *input, uint32_t *output);

/* input [bins], output [channels]: of channel c the sum of weights of its stretch c + 1 and of unweights of stretch c.
   starts, weight_starts, widths [channels + 1]: stretches of the input, and where their weights begin. */
typedef struct {
    int32_t channels;
} tinyml_signal_filter_bank_params;

void tinyml_signal_filter_bank_u32(const tinyml_signal_filter_bank_params *params, const uint32_t *input,
                                   const int16_t *weights, const int16_t *unweights, const int16_t *starts,
                                   const int16_t *weight_starts, const int16_t *widths, uint64_t *output);

/* Square roots, rounded, then shifted right by scale_bits[0]. */
typedef struct {
    int32_t size;
} tinyml_signal_filter_bank_square_root_params;

void tinyml_signal_filter_bank_square_root_u64(const tinyml_signal_filter_bank_square_root_params *params,
                                               const uint64_t *input, const int32_t *scale_bits, uint32_t *output);

/* state, estimate [size]: the noise, smoothed; odd channels have coefficients of their own. */
typedef struct {
    int32_t size;
    int32_t smoothing;
    int32_t one_minus_smoothing;
    int32_t alternate_smoothing;
    int32_t alternate_one_minus_smoothing;
    int32_t min_signal_remaining;
    int8_t smoothing_bits;
    int8_t subtraction_bits;
    int8_t clamping;
} tinyml_signal_filter_bank_spectral_subtraction_params;

void tinyml_signal_filter_bank_spectral_subtraction_u32(
    const tinyml_signal_filter_bank_spectral_subtraction_params *params, const uint32_t *input, uint32_t *state,
    uint32_t *output, uint32_t *estimate);

/* gains: a function of the noise, piecewise quadratic, 125 values. */
typedef struct {
    int32_t size;
    int8_t snr_shift;
} tinyml_signal_pcan_params;

void tinyml_signal_pcan_u32(const tinyml_signal_pcan_params *params, const uint32_t *input, const uint32_t *noise,
                            const int16_t *gains, uint32_t *output);

/* table [129]: 2^16 (log2(1 + n / 128) - n / 128). */
typedef struct {
    int32_t size;
    int32_t output_scale;
    int8_t correction_bits;
} tinyml_signal_filter_bank_log_params;

void tinyml_signal_filter_bank_log_u32(const tinyml_signal_filter_bank_log_params *params, const uint32_t *input,
                                       const int16_t *table, int16_t *output);

/* input, output [rows, size], state [rows, delay]. */
typedef struct {
    int32_t rows;
    int32_t size;
    int32_t delay;
} tinyml_signal_delay_params;

void tinyml_signal_delay_s16(const tinyml_signal_delay_params *params, const int16_t *input, int16_t *state,
                             int16_t *output);

/* input [rows, frames, step], output [rows, frames, size]: of the last `window` samples the oldest `size`, once so many have
   come; before that zeros, and valid is 0. state [1 + rows * (window - step)]: how many steps are still to come. */
typedef struct {
    int32_t rows;
    int32_t frames;
    int32_t step;
    int32_t size;
    int32_t window;
} tinyml_signal_framer_params;

void tinyml_signal_framer_s16(const tinyml_signal_framer_params *params, const int16_t *input, int16_t *state,
                              int16_t *output, int8_t *valid);

/* input [channels], output [frames, channels]: the last `frames` inputs, the first of all repeated left times more before
   it, every `step` of them; in between zeros, and valid is 0. state [1 + frames * channels]: one more than it holds. */
typedef struct {
    int32_t channels;
    int32_t frames;
    int32_t left;
    int32_t step;
} tinyml_signal_stacker_params;

void tinyml_signal_stacker_s16(const tinyml_signal_stacker_params *params, const int16_t *input, int16_t *state,
                               int16_t *output, int8_t *valid);

/* input [rows, frames, size], state [rows, size], output [rows, frames, step]: frames added where they overlap. */
typedef struct {
    int32_t rows;
    int32_t frames;
    int32_t size;
    int32_t step;
} tinyml_signal_overlap_add_params;

void tinyml_signal_overlap_add_s16(const tinyml_signal_overlap_add_params *params, const int16_t *input, int16_t *state,
                                   int16_t *output);

#ifdef __cplusplus
}
#endif

#endif
