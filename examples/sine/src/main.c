/* y = sin(x) by a neural network, and how far it is off. */
#ifndef ARDUINO

#include <stdio.h>

#include <sine_model.h>

#define STEPS 12

/* Printed in thousandths: printf of AVR's libc has no %f without a larger library. */
static long thousandths(float value)
{
    return (long)(value * 1000.0f + (value < 0.0f ? -0.5f : 0.5f));
}

int main(void)
{
    static const int expected[STEPS + 1] = {0, 500, 866, 1000, 866, 500, 0, -500, -866, -1000, -866, -500, 0};
    long worst = 0;
    uint8_t step;

    if (sine_init() != TINYML_OK) {
        puts("sine: init failed");
        return 1;
    }
    puts("    x       y  sin(x)   (thousandths)");
    for (step = 0; step <= STEPS; step++) {
        const float x = (float)step * (6.2831853f / STEPS);
        long y;
        long error;

        sine_input_0()[0] = sine_quantize_input_0(x);
        if (sine_invoke() != TINYML_OK) {
            puts("sine: invoke failed");
            return 1;
        }
        y = thousandths(sine_dequantize_output_0(sine_output_0()[0]));
        error = y - expected[step];
        if (error < 0) {
            error = -error;
        }
        if (error > worst) {
            worst = error;
        }
        printf("%5ld  %6ld  %6d\n", thousandths(x), y, expected[step]);
    }
    printf("worst error: %ld\n", worst);
    return worst < 100 ? 0 : 1;
}

#endif
