/* Look at scenes that the model has never seen, line by line: no picture is ever in memory. */
#include <stdio.h>

#include <shapes_model.h>

#include "camera.h"

#define SCENES 20

static const char *const names[CAMERA_KINDS] = {"nothing", "disc", "square", "triangle"};

/* What is seen, -1 on an error. The model takes pixels from 0 to 1, as int8: brightness less 128. */
static int look(void)
{
    static uint8_t line[CAMERA_WIDTH];
    int8_t row[SHAPES_ROW_SIZE];
    int32_t wanted;

    do {
        int x;

        camera_next_line(line);
        for (x = 0; x < SHAPES_ROW_SIZE; x++) {
            row[x] = (int8_t)(line[x] - 128);
        }
        wanted = shapes_push_row(row);
    } while (wanted > 0);
    return wanted == TINYML_OK ? (int)shapes_top_output_0() : -1;
}

int main(void)
{
    int right = 0;
    uint32_t seed;

    if (shapes_init() != TINYML_OK) {
        puts("shapes: init failed");
        return 1;
    }
    for (seed = 1; seed <= SCENES; seed++) {
        const int kind = camera_point(seed);
        const int seen = look();
        const int8_t *scores = shapes_output_0();

        if (seen < 0) {
            puts("shapes: push_row failed");
            return 1;
        }
        right += seen == kind;
        printf("scene %2d: %-8s scores %4d %4d %4d %4d%s\n", (int)seed, names[seen], scores[0], scores[1], scores[2],
               scores[3], seen == kind ? "" : "  <- wrong");
    }
    printf("%d of %d scenes right; a picture has %d bytes, the model's arena %d\n", right, SCENES,
           CAMERA_LINES * CAMERA_WIDTH, SHAPES_ARENA_SIZE);
    return right * 10 >= SCENES * 9 ? 0 : 1;
}
