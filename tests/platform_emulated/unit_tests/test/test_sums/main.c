#include <stdio.h>

#ifndef EXPECTED
#define EXPECTED 5
#endif

int main(void) {
    volatile int two = 2;
    printf("%s sum\n", two + 3 == EXPECTED ? "PASS" : "FAIL");
    return 0;
}
