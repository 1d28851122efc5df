/* Integers only, so that training/scenes.py draws the same pictures bit by bit. */
#include "camera.h"

static struct {
    uint32_t seed;
    int32_t kind, x, y, radius, dark, bright, line;
} scene;

static uint32_t mixed(uint32_t value)
{
    value = (value ^ (value >> 15)) * 2246822519u;
    value = (value ^ (value >> 13)) * 3266489917u;
    return value ^ (value >> 16);
}

/* `first` to `last`, both included. */
static int32_t pick(uint32_t what, int32_t first, int32_t last)
{
    return first + (int32_t)(mixed(scene.seed * 31u + what) % (uint32_t)(last - first + 1));
}

int camera_point(uint32_t seed)
{
    scene.seed = seed;
    scene.kind = pick(1, 0, CAMERA_KINDS - 1);
    scene.radius = pick(2, 12, 30);
    scene.x = pick(3, scene.radius, CAMERA_WIDTH - 1 - scene.radius);
    scene.y = pick(4, scene.radius, CAMERA_LINES - 1 - scene.radius);
    scene.dark = pick(5, 10, 90);
    scene.bright = scene.dark + pick(6, 40, 120);
    scene.line = 0;
    return (int)scene.kind;
}

static int is_inside(int32_t dx, int32_t dy)
{
    const int32_t r = scene.radius;
    if (dy < -r || dy > r) {
        return 0;
    }
    switch (scene.kind) {
    case 1:
        return dx * dx + dy * dy <= r * r;
    case 2:
        return dx >= -r * 4 / 5 && dx <= r * 4 / 5 && dy >= -r * 4 / 5 && dy <= r * 4 / 5;
    case 3:
        return dx * 2 <= dy + r && dx * -2 <= dy + r;
    default:
        return 0;
    }
}

void camera_next_line(uint8_t line[CAMERA_WIDTH])
{
    int32_t x;
    for (x = 0; x < CAMERA_WIDTH; x++) {
        const uint32_t noise = mixed(scene.seed + (uint32_t)(scene.line * CAMERA_WIDTH + x) * 2654435761u) >> 27;
        const int inside = is_inside(x - scene.x, scene.line - scene.y);
        line[x] = (uint8_t)((inside ? scene.bright : scene.dark) + (int32_t)noise);
    }
    scene.line++;
}
