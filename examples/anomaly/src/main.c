/* Tell faulty windows of vibration from healthy ones, none of which the model has seen. */
#ifndef ARDUINO

#include <stdio.h>

#include <vibration_model.h>

#include "detect.h"
#include "test_windows.h"

int main(void)
{
    int right = 0;
    int window;

    if (vibration_init() != TINYML_OK) {
        puts("vibration: init failed");
        return 1;
    }
    for (window = 0; window < TEST_WINDOWS; window++) {
        const int faulty = window >= HEALTHY_WINDOWS;
        const float error = reconstruction_error(test_windows[window]);
        const int found = error > THRESHOLD;

        if (error < 0.0f) {
            puts("vibration: invoke failed");
            return 1;
        }
        right += found == faulty;
        /* In thousandths: printf has no float on small C libraries. */
        printf("window %2d, %s: error 0.%03d, %s%s\n", window, faulty ? "faulty " : "healthy", (int)(error * 1000.0f),
               found ? "FAULT" : "ok", found == faulty ? "" : "  <- wrong");
    }
    printf("%d of %d windows right, limit 0.%03d\n", right, TEST_WINDOWS, (int)(THRESHOLD * 1000.0f));
    return right == TEST_WINDOWS ? 0 : 1;
}

#endif
