// The kernels for the avx512 instruction set.
#if defined(__x86_64__)
#define ABL_LEVEL 2
#define ABL_SUFFIX _avx512
#define ABL_NAME "avx512"
#include "impl/kernels.h"
#endif
