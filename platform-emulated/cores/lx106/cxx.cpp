// As for RISC-V, Debian has no libstdc++ for this core.
#include "../riscv/cxx.cpp"
