/* What every kernel includes before anything else: how kernels are compiled, whatever the project's level is. At -Os
   they take 1.5 to 2.3 times the instructions, and are smaller by about 1 KB. Other compilers than GCC have no such
   pragma; the builder gives the level as a flag too. */
#ifndef TINYML_CORE_H
#define TINYML_CORE_H

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2")
#endif

#endif
