// Dense convolution without unrolled windows: blocks of R × V registers stay in place while the sums run.
//
// The inner loops see no borders: x comes with its padding, and a row of taps is one run of `inputs` floats.

#if ABL_LEVEL == 2
#define MAX_ROWS_1 24
#define MAX_ROWS_2 14
#define MAX_ROWS_3 9
#else
#define MAX_ROWS_1 12
#define MAX_ROWS_2 6
#define MAX_ROWS_3 4
#endif

#define MAX_VECTORS 3

#if ABL_LEVEL == 2
/// Floats of half a vector. The last outputs are computed by halves where they fit into one.
#define HALF 8
typedef float vh_avx512 __attribute__((vector_size(HALF * 4), aligned(4), may_alias));
INLINE vh_avx512 half_load_part_avx512(const float *p, ptrdiff_t k) {
    return (vh_avx512)_mm256_maskz_loadu_ps((__mmask8)((1u << k) - 1u), p);
}
INLINE void half_store_part_avx512(float *p, vh_avx512 v, ptrdiff_t k) {
    _mm256_mask_storeu_ps(p, (__mmask8)((1u << k) - 1u), (__m256)v);
}
#define ENDS_IN_HALF(outputs) (((outputs)-1) % W < HALF)
#else
#define ENDS_IN_HALF(outputs) 0
#endif

/// Vectors of outputs that the block from vector `v` on has: 2, and 3 or 1 at an odd end; half a vector stands alone.
INLINE ptrdiff_t FN(block_vectors)(ptrdiff_t v, ptrdiff_t outputs) {
    const ptrdiff_t left = (outputs + W - 1) / W - (ENDS_IN_HALF(outputs) ? 1 : 0) - v;
    return left == 3 ? 3 : left >= 2 ? 2 : 1;
}

INLINE ptrdiff_t FN(block_rows)(ptrdiff_t vectors) {
    return vectors == 1 ? MAX_ROWS_1 : vectors == 2 ? MAX_ROWS_2 : MAX_ROWS_3;
}

/// Packed weights: block by block of outputs, in each the V·W floats of one input after the other, zeros past the end.
static void FN(pack)(ptrdiff_t inputs, ptrdiff_t outputs, const float *w, ptrdiff_t input_stride,
                     ptrdiff_t output_stride, ptrdiff_t first, ptrdiff_t total, float *packed) {
    const ptrdiff_t count = (outputs + W - 1) / W;
    for (ptrdiff_t v = 0; v < count;) {
        const ptrdiff_t vectors = FN(block_vectors)(v, outputs);
        for (ptrdiff_t u = 0; u < vectors; u++) {
            const ptrdiff_t o = (v + u) * W, k = outputs - o < W ? outputs - o : W;
            const float *src = w + o * output_stride;
            float *dst = packed + v * W * total + first * vectors * W + u * W;
            for (ptrdiff_t i = 0; i < inputs; i++, dst += vectors * W) {
                if (output_stride == 1) {
                    FN(store)(dst, FN(load_k)(src + i * input_stride, k));
                } else {
                    for (ptrdiff_t j = 0; j < k; j++)
                        dst[j] = src[j * output_stride + i * input_stride];
                    for (ptrdiff_t j = k; j < W; j++)
                        dst[j] = 0;
                }
            }
        }
        v += vectors;
    }
}

#define VECTOR vf
#define SPLAT(x) FN(splat)(x)
#define LOAD(p, k) FN(load_k)(p, k)
#define STORE(p, v, k) FN(store_k)(p, v, k)
#define NAMED(name) FN(name)
#include "correlation_block.h"
#undef VECTOR
#undef SPLAT
#undef LOAD
#undef STORE
#undef NAMED

#if ABL_LEVEL == 2
// Half vectors cost half as much where a wide operation is carried out as two narrow ones.
#define VECTOR vh_avx512
#define SPLAT(x) ((x) - (vh_avx512){0})
#define LOAD(p, k) ((k) >= HALF ? *(const vh_avx512 *)(p) : half_load_part_avx512(p, k))
#define STORE(p, v, k) ((k) >= HALF ? (void)(*(vh_avx512 *)(p) = (v)) : half_store_part_avx512(p, v, k))
#define NAMED(name) FN(half_##name)
#include "correlation_block.h"
#undef VECTOR
#undef SPLAT
#undef LOAD
#undef STORE
#undef NAMED
#endif

// One function for each size of block, so that both sizes are constants.
#define FULL(V) ((V) * W)
#define BLOCK(R, V)                                                                                                    \
    static void FN(correlate_##R##_##V)(const abl_correlation *d, const float *x, const float *w, float *y,            \
                                        ptrdiff_t k, int accumulates) {                                                \
        if (k >= FULL(V) && !accumulates)                                                                              \
            FN(correlate_registers)(R, V, d, x, w, y, FULL(V), 0);                                                     \
        else                                                                                                           \
            FN(correlate_registers)(R, V, d, x, w, y, k, accumulates);                                                 \
    }                                                                                                                  \
    static void FN(correlate_weight_##R##_##V)(const abl_correlation *d, const float *x, const float *dy, float *dw,   \
                                               ptrdiff_t ldw, ptrdiff_t k) {                                           \
        if (k >= FULL(V))                                                                                              \
            FN(correlate_weight_registers)(R, V, d, x, dy, dw, ldw, FULL(V));                                          \
        else                                                                                                           \
            FN(correlate_weight_registers)(R, V, d, x, dy, dw, ldw, k);                                                \
    }
#if ABL_LEVEL == 2
#define ROWS_1(B)                                                                                                      \
    B(1, 1)                                                                                                            \
    B(2, 1) B(3, 1) B(4, 1) B(5, 1) B(6, 1) B(7, 1) B(8, 1) B(9, 1) B(10, 1) B(11, 1) B(12, 1) B(13, 1) B(14, 1)       \
        B(15, 1) B(16, 1) B(17, 1) B(18, 1) B(19, 1) B(20, 1) B(21, 1) B(22, 1) B(23, 1) B(24, 1)
#define ROWS_2(B)                                                                                                      \
    B(1, 2)                                                                                                            \
    B(2, 2) B(3, 2) B(4, 2) B(5, 2) B(6, 2) B(7, 2) B(8, 2) B(9, 2) B(10, 2) B(11, 2) B(12, 2) B(13, 2) B(14, 2)
#define ROWS_3(B) B(1, 3) B(2, 3) B(3, 3) B(4, 3) B(5, 3) B(6, 3) B(7, 3) B(8, 3) B(9, 3)
#else
#define ROWS_1(B)                                                                                                      \
    B(1, 1)                                                                                                            \
    B(2, 1) B(3, 1) B(4, 1) B(5, 1) B(6, 1) B(7, 1) B(8, 1) B(9, 1) B(10, 1) B(11, 1) B(12, 1)
#define ROWS_2(B) B(1, 2) B(2, 2) B(3, 2) B(4, 2) B(5, 2) B(6, 2)
#define ROWS_3(B) B(1, 3) B(2, 3) B(3, 3) B(4, 3)
#endif
ROWS_1(BLOCK)
ROWS_2(BLOCK)
ROWS_3(BLOCK)
#undef BLOCK
#if ABL_LEVEL == 2
#define BLOCK(R, V)                                                                                                    \
    static void FN(half_correlate_##R)(const abl_correlation *d, const float *x, const float *w, float *y,             \
                                       ptrdiff_t k, int accumulates) {                                                 \
        if (k == HALF && !accumulates)                                                                                 \
            FN(half_correlate_registers)(R, 1, d, x, w, y, HALF, 0);                                                   \
        else                                                                                                           \
            FN(half_correlate_registers)(R, 1, d, x, w, y, k, accumulates);                                            \
    }                                                                                                                  \
    static void FN(half_correlate_weight_##R)(const abl_correlation *d, const float *x, const float *dy, float *dw,    \
                                              ptrdiff_t ldw, ptrdiff_t k) {                                            \
        if (k == HALF)                                                                                                 \
            FN(half_correlate_weight_registers)(R, 1, d, x, dy, dw, ldw, HALF);                                        \
        else                                                                                                           \
            FN(half_correlate_weight_registers)(R, 1, d, x, dy, dw, ldw, k);                                           \
    }
ROWS_1(BLOCK)
#undef BLOCK
#endif

typedef void (*FN(correlate_block_function))(const abl_correlation *, const float *, const float *, float *, ptrdiff_t,
                                             int);
typedef void (*FN(correlate_weight_function))(const abl_correlation *, const float *, const float *, float *, ptrdiff_t,
                                              ptrdiff_t);
#define NAME(R, V) FN(correlate_##R##_##V),
static const FN(correlate_block_function) FN(correlate_blocks)[3][MAX_ROWS_1] = {
    {ROWS_1(NAME)}, {ROWS_2(NAME)}, {ROWS_3(NAME)}};
#undef NAME
#if ABL_LEVEL == 2
#define NAME(R, V) FN(half_correlate_##R),
static const FN(correlate_block_function) FN(half_correlate_blocks)[MAX_ROWS_1] = {ROWS_1(NAME)};
#undef NAME
#define NAME(R, V) FN(half_correlate_weight_##R),
static const FN(correlate_weight_function) FN(half_correlate_weight_blocks)[MAX_ROWS_1] = {ROWS_1(NAME)};
#undef NAME
#endif
#define NAME(R, V) FN(correlate_weight_##R##_##V),
static const FN(correlate_weight_function) FN(correlate_weight_blocks)[3][MAX_ROWS_1] = {
    {ROWS_1(NAME)}, {ROWS_2(NAME)}, {ROWS_3(NAME)}};
#undef NAME

/// Runs CALL for `n` things cut into pieces of at most `most`, nearly equal: `R` of them from `FIRST` on.
#define BALANCED(n, most, CALL)                                                                                        \
    {                                                                                                                  \
        const ptrdiff_t pieces = ((n) + (most)-1) / (most);                                                            \
        for (ptrdiff_t piece = 0; piece < pieces; piece++) {                                                           \
            const ptrdiff_t FIRST = piece * (n) / pieces, R = (piece + 1) * (n) / pieces - FIRST;                      \
            CALL                                                                                                       \
        }                                                                                                              \
    }

static void FN(correlate)(const abl_correlation *d, const float *x, const float *packed, float *y, int accumulates) {
    const ptrdiff_t count = (d->outputs + W - 1) / W;
    for (ptrdiff_t v = 0; v < count;) {
        const ptrdiff_t vectors = FN(block_vectors)(v, d->outputs), most = FN(block_rows)(vectors);
        const FN(correlate_block_function) *blocks = FN(correlate_blocks)[vectors - 1];
#if ABL_LEVEL == 2
        if (v == count - 1 && ENDS_IN_HALF(d->outputs))
            blocks = FN(half_correlate_blocks);
#endif
        const float *w = packed + v * W * d->taps * d->inputs;
        for (ptrdiff_t row = 0; row < d->rows; row++) {
            const float *from = x + row * d->x_row;
            float *to = y + row * d->y_row + v * W;
            BALANCED(d->pixels, most,
                     blocks[R - 1](d, from + FIRST * d->x_pixel, w, to + FIRST * d->y_pixel, d->outputs - v * W,
                                   accumulates);)
        }
        v += vectors;
    }
}

static void FN(correlate_weight)(const abl_correlation *d, const float *x, const float *dy, float *dw, ptrdiff_t ldw) {
    const ptrdiff_t count = (d->outputs + W - 1) / W;
    for (ptrdiff_t v = 0; v < count;) {
        const ptrdiff_t vectors = FN(block_vectors)(v, d->outputs), most = FN(block_rows)(vectors);
        const FN(correlate_weight_function) *blocks = FN(correlate_weight_blocks)[vectors - 1];
#if ABL_LEVEL == 2
        if (v == count - 1 && ENDS_IN_HALF(d->outputs))
            blocks = FN(half_correlate_weight_blocks);
#endif
        for (ptrdiff_t t = 0; t < d->taps; t++) {
            float *to = dw + t * d->inputs * ldw + v * W;
            BALANCED(d->inputs, most,
                     blocks[R - 1](d, x + t * d->x_tap + FIRST, dy + v * W, to + FIRST * ldw, ldw,
                                   d->outputs - v * W);)
        }
        v += vectors;
    }
}
#undef BALANCED
#undef FULL
