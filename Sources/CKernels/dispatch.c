// Chooses the kernels for this processor.
#include "CKernels.h"

extern const abl_kernels abl_kernels_baseline;
#if defined(__x86_64__)
#include <immintrin.h>
extern const abl_kernels abl_kernels_avx2;
extern const abl_kernels abl_kernels_avx512;
#endif

int abl_best_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 0;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return 2;
    return 1;
#else
    return 0;
#endif
}

const abl_kernels *abl_kernels_for_level(int level) {
    if (level < 0 || level > abl_best_level())
        return 0;
#if defined(__x86_64__)
    if (level == 2)
        return &abl_kernels_avx512;
    if (level == 1)
        return &abl_kernels_avx2;
#endif
    return &abl_kernels_baseline;
}

ptrdiff_t abl_depthwise_scratch(const abl_window *w) {
    // At least the input rows of one output row, or of one input row for the gradient, for the widest vector.
    const ptrdiff_t wide = (w->width > w->out_width ? w->width : w->out_width) + 2 * w->kernel_w;
    const ptrdiff_t row = w->kernel_h * wide * 16;
    return row > ABL_DEPTHWISE_SCRATCH ? row : ABL_DEPTHWISE_SCRATCH;
}

ptrdiff_t abl_packed_floats(ptrdiff_t inner, ptrdiff_t outputs) {
    return inner * ((outputs + 15) / 16 * 16);
}

void abl_pause(void) {
#if defined(__x86_64__)
    _mm_pause();
#endif
}

#ifdef __OPTIMIZE__
#define ABL_OPTIMIZED ", optimised"
#else
#define ABL_OPTIMIZED ", not optimised"
#endif
#ifdef __NO_MATH_ERRNO__
#define ABL_ERRNO ", no math errno"
#else
#define ABL_ERRNO ""
#endif
#ifdef __FAST_MATH__
#define ABL_FAST ", fast math"
#else
#define ABL_FAST ""
#endif

const char *abl_compiler(void) { return __VERSION__ ABL_OPTIMIZED ABL_ERRNO ABL_FAST; }
