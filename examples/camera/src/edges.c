/* The edges of a scene, drawn line by line: neither the picture nor what comes of it is ever in memory. */
#include <stdio.h>

#include <edges_model.h>

#include "camera.h"

#define SCENES 4
#define EVERY_LINE 4
#define EVERY_COLUMN 2

/* The model gives how much brightness changes, from 0 to 1, as int8: -128 to 127. */
static void draw(const edges_output_0_t *row)
{
    static const char shades[] = " .+#";
    int x;

    for (x = 0; x < EDGES_OUTPUT_ROW_SIZE; x += EVERY_COLUMN) {
        putchar(shades[(row[x] + 128) / 64]);
    }
    putchar('\n');
}

/* One picture in, one picture out. Lines drawn, -1 on an error. */
static int look(void)
{
    static uint8_t line[CAMERA_WIDTH];
    edges_input_0_t row[EDGES_ROW_SIZE];
    const edges_output_0_t *out;
    int32_t wanted;
    int taken = 0;

    do {
        int x;

        camera_next_line(line);
        for (x = 0; x < EDGES_ROW_SIZE; x++) {
            row[x] = (edges_input_0_t)(line[x] - 128);
        }
        wanted = edges_push_row(row);
        /* Most lines in give a line out; the first ones give none yet, and the last one gives several. */
        while ((out = edges_pop_row()) != NULL) {
            if (taken % EVERY_LINE == 0) {
                draw(out);
            }
            taken++;
        }
    } while (wanted > 0);
    return wanted == TINYML_OK && taken == EDGES_OUTPUT_ROWS ? taken : -1;
}

int main(void)
{
    uint32_t seed;

    if (edges_init() != TINYML_OK) {
        puts("edges: init failed");
        return 1;
    }
    for (seed = 1; seed <= SCENES; seed++) {
        camera_point(seed);
        printf("scene %d\n", (int)seed);
        if (look() < 0) {
            puts("edges: push_row failed");
            return 1;
        }
    }
    printf("a picture has %d bytes, so have its edges; the model's arena %d\n", CAMERA_LINES * CAMERA_WIDTH,
           EDGES_ARENA_SIZE);
    return 0;
}
