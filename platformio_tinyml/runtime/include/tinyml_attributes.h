/* What generated sources say about their functions and arrays, in the words of each compiler. */
#ifndef TINYML_ATTRIBUTES_H
#define TINYML_ATTRIBUTES_H

/* A function that the build calls in the emulator: it keeps its symbol and its calling convention, and calls of it stay,
   whatever the optimiser (-flto) knows about it. --gc-sections still drops a model that nothing calls. */
#if defined(__clang__)
#define TINYML_ENTRY __attribute__((noinline, used))
#elif defined(__GNUC__) && __GNUC__ >= 8
#define TINYML_ENTRY __attribute__((noipa, used, externally_visible))
#elif defined(__GNUC__)
#define TINYML_ENTRY __attribute__((noinline, noclone, used, externally_visible))
#else
#define TINYML_ENTRY
#endif

/* A variable that the build reads in the emulator: it keeps its symbol and all that is written to it. */
#if defined(__GNUC__) || defined(__clang__)
#define TINYML_KEPT __attribute__((used))
#else
#define TINYML_KEPT
#endif

/* Before a declaration: its address is a multiple of `bytes`. AVR loads single bytes, there it would only cost RAM. */
#if defined(__AVR__)
#define TINYML_ALIGNED(bytes)
#elif defined(__GNUC__)
#define TINYML_ALIGNED(bytes) __attribute__((aligned(bytes)))
#elif defined(__cplusplus)
#define TINYML_ALIGNED(bytes) alignas(bytes)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define TINYML_ALIGNED(bytes) _Alignas(bytes)
#else
#error "No way known to align an array with this compiler: try -std=c11."
#endif

#endif
