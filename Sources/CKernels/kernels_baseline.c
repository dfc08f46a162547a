// The kernels for the baseline instruction set.
#define ABL_LEVEL 0
#define ABL_SUFFIX _baseline
#define ABL_NAME "baseline"
#include "impl/kernels.h"
