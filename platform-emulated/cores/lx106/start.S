/* From reset to main(), and what an exception that nobody handles does: exit code 128 + its number. */

    .section .text._start, "ax"
    .global _start
    .align 4
    .literal_position
_start:
    movi a1, __stack_top
    movi a2, _vectors
    wsr.vecbase a2
    movi a2, __data_start
    movi a3, __data_end
    movi a4, __data_load
1:  bgeu a2, a3, 2f
    l32i a5, a4, 0
    s32i a5, a2, 0
    addi a4, a4, 4
    addi a2, a2, 4
    j 1b
2:  movi a2, __bss_start
    movi a3, __bss_end
    movi a5, 0
3:  bgeu a2, a3, 4f
    s32i a5, a2, 0
    addi a2, a2, 4
    j 3b
4:  movi a2, 0
    wsr.ps a2
    rsync
    movi a0, start
    callx0 a0

    .align 4
unhandled:
    movi a1, __stack_top
    rsr.exccause a2
    movi a0, end_by_exception
    callx0 a0

/* Offsets of the core's vectors from VECBASE: user exceptions at 0x50, kernel exceptions at 0x30, double ones at 0x70. */
    .section .vectors, "ax"
    .global _vectors
    .align 1024
_vectors:
    j _start /* the machine resets to the start of flash */
    .org _vectors + 0x30
    j unhandled
    .org _vectors + 0x50
    j unhandled
    .org _vectors + 0x70
    j unhandled
