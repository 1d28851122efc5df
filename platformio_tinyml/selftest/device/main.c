/* Of a program with main() and standard output. */
#include <stdio.h>

#include "tinyml_selftest.h"

#ifdef TINYML_SELFTEST_PORT
/* tinyml_selftest_open and tinyml_selftest_write are the project's. */
#else
void tinyml_selftest_open(void) {}

void tinyml_selftest_write(const char *text, uint16_t length) {
    while (length > 0) {
        putchar(*text++);
        length--;
    }
    fflush(stdout);
}
#endif

#ifdef ESP_PLATFORM
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

void app_main(void) {
    tinyml_selftest_open();
    for (;;) {
        tinyml_selftest_run();
        vTaskDelay(pdMS_TO_TICKS(2000));
    }
}
#else
int main(void) {
    tinyml_selftest_open();
#ifdef TINYML_SELFTEST_ONCE
    tinyml_selftest_run();
    return 0;
#else
    for (;;) {
        volatile uint32_t wait;
        tinyml_selftest_run();
        for (wait = 0; wait < 4000000; wait++) {
        }
    }
#endif
}
#endif
