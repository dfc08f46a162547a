// The kernels for the avx2 instruction set.
#if defined(__x86_64__)
#define ABL_LEVEL 1
#define ABL_SUFFIX _avx2
#define ABL_NAME "avx2"
#include "impl/kernels.h"
#endif
