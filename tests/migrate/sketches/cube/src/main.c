#include <stdio.h>
#include <string.h>
#include "network.h"
#include "network_data.h"

AI_ALIGNED(32)
static ai_u8 activations[AI_NETWORK_DATA_ACTIVATIONS_SIZE];
static ai_i8 in_data[AI_NETWORK_IN_1_SIZE];
static ai_i8 out_data[AI_NETWORK_OUT_1_SIZE];
static ai_handle network = AI_HANDLE_NULL;
static ai_buffer *ai_input;
static ai_buffer *ai_output;

static int ai_init(void)
{
    const ai_handle acts[] = { activations };
    ai_error err = ai_network_create_and_init(&network, acts, NULL);
    if (err.type != AI_ERROR_NONE) { return -1; }
    ai_input = ai_network_inputs_get(network, NULL);
    ai_output = ai_network_outputs_get(network, NULL);
    return 0;
}

int main(void)
{
    int i;
    ai_i32 batch;
    if (ai_init() != 0) return 1;
    for (i = 0; i < AI_NETWORK_IN_1_SIZE; i++) in_data[i] = (ai_i8)(i % 7);
    ai_input[0].data = AI_HANDLE_PTR(in_data);
    ai_output[0].data = AI_HANDLE_PTR(out_data);
    batch = ai_network_run(network, ai_input, ai_output);
    if (batch != 1) { puts("failed"); return 1; }
    for (i = 0; i < AI_NETWORK_OUT_1_SIZE; i++) printf("%d ", out_data[i]);
    puts("");
    return 0;
}
