#include <stdio.h>

#ifndef EXPECTED
#define EXPECTED 5
#endif

#ifndef EXIT_CODE
#define EXIT_CODE 0
#endif

int main(void) {
    volatile int two = 2;
    printf("%s sum\n", two + 3 == EXPECTED ? "PASS" : "FAIL");
    return EXIT_CODE;
}
