/* The sketch as Arduino's builder compiles it, and as its core calls it: once through the recording. */
#include "../src/accelerometer.ino"

static unsigned long played;

unsigned long millis()
{
    return played * 1000 / RECORDING_RATE;
}

int main()
{
    setup();
    while (played < RECORDING_SAMPLES) {
        played++;
        loop();
    }
    puts("end of the recording");
    return alarm ? 1 : 0;
}
