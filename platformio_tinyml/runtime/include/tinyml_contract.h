/* A model that comes from outside of the firmware, as `pio-tinyml compatible -o` packs it: whether it was made for this
   firmware and arrived whole. C99 and C++11. An interpreter does not look: a file that is harmed makes it fault. */
#ifndef TINYML_CONTRACT_H
#define TINYML_CONTRACT_H

#include "tinyml.h"

#define TINYML_CONTRACT_BYTES 8
#define TINYML_CONTAINER_HEADER 32

static inline uint32_t tinyml_contract_word(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* CRC-32 as of zlib, four bits at a time. */
static inline uint32_t tinyml_contract_crc(const uint8_t *bytes, uint32_t size)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                       0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffff;
    uint32_t i;
    for (i = 0; i < size; i++) {
        crc = (crc >> 4) ^ table[(crc ^ bytes[i]) & 15];
        crc = (crc >> 4) ^ table[(crc ^ (bytes[i] >> 4)) & 15];
    }
    return ~crc;
}

/* Sets *model to the .tflite file in `file`, which has `size` bytes or more (a partition may be larger than what is in it) at
   an address that is a multiple of TINYML_ARENA_ALIGNMENT. `contract` is the firmware's, `arena_size` what it can give, and
   `persistent_size` what lies beside that where the arena is split; else it is 0. */
static inline tinyml_status tinyml_open_model(const void *file, uint32_t size, const uint8_t *contract, uint32_t arena_size,
                                              uint32_t persistent_size, const void **model)
{
    static const uint8_t magic[8] = {'T', 'i', 'n', 'y', 'M', 'L', 0, 1};
    const uint8_t *bytes = (const uint8_t *)file;
    uint32_t length;
    uint8_t i;
    if (!bytes || size < TINYML_CONTAINER_HEADER) {
        return TINYML_ERROR_MODEL;
    }
    if (tinyml_arena_padding(file) != 0) {
        return TINYML_ERROR_ALIGNMENT;
    }
    for (i = 0; i < TINYML_CONTRACT_BYTES; i++) {
        if (bytes[i] != magic[i] || bytes[8 + i] != contract[i]) {
            return TINYML_ERROR_MODEL;
        }
    }
    length = tinyml_contract_word(bytes + 16);
    if (length > size - TINYML_CONTAINER_HEADER ||
        tinyml_contract_crc(bytes + TINYML_CONTAINER_HEADER, length) != tinyml_contract_word(bytes + 20)) {
        return TINYML_ERROR_MODEL;
    }
    if ((tinyml_contract_word(bytes + 28) == 0) != (persistent_size == 0)) {
        return TINYML_ERROR_MODEL; /* shown to fit an arena of the other kind */
    }
    if (tinyml_contract_word(bytes + 24) > arena_size || tinyml_contract_word(bytes + 28) > persistent_size) {
        return TINYML_ERROR_ARENA;
    }
    *model = bytes + TINYML_CONTAINER_HEADER;
    return TINYML_OK;
}

#endif
