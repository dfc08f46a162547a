// One vector type and its masked loads and stores for the instruction set in ABL_LEVEL; included by kernels.h only.
#define ABL_CAT2(a, b) a##b
#define ABL_CAT(a, b) ABL_CAT2(a, b)
#define FN(name) ABL_CAT(name, ABL_SUFFIX)

#if ABL_LEVEL == 2
#define W 16
#elif ABL_LEVEL == 1
#define W 8
#else
#define W 4
#endif

#define vf FN(vf)
#define vi FN(vi)
typedef float vf __attribute__((vector_size(W * 4), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(W * 4), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE vf FN(load)(const float *p) {
    return *(const vf *)p;
}
INLINE void FN(store)(float *p, vf v) {
    *(vf *)p = v;
}

/// The first k < W scalars, the rest 0.
INLINE vf FN(load_part)(const float *p, ptrdiff_t k) {
#if ABL_LEVEL == 2
    return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << k) - 1u), p);
#elif ABL_LEVEL == 1
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return (vf)_mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)k), lane));
#else
    vf v = {0};
    for (ptrdiff_t i = 0; i < k; i++)
        v[i] = p[i];
    return v;
#endif
}

INLINE void FN(store_part)(float *p, vf v, ptrdiff_t k) {
#if ABL_LEVEL == 2
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << k) - 1u), (__m512)v);
#elif ABL_LEVEL == 1
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)k), lane), (__m256)v);
#else
    for (ptrdiff_t i = 0; i < k; i++)
        p[i] = v[i];
#endif
}

INLINE vf FN(load_k)(const float *p, ptrdiff_t k) {
    return k >= W ? FN(load)(p) : FN(load_part)(p, k);
}
INLINE void FN(store_k)(float *p, vf v, ptrdiff_t k) {
    if (k >= W)
        FN(store)(p, v);
    else
        FN(store_part)(p, v, k);
}

INLINE vf FN(splat)(float x) {
    return x - (vf){0}; // minus zero is exact, so the compiler leaves it out
}
/// b where a < b, else a: a NaN in `a` stays.
INLINE vf FN(vmax)(vf a, vf b) {
#if ABL_LEVEL == 2
    return (vf)_mm512_max_ps((__m512)b, (__m512)a);
#elif ABL_LEVEL == 1
    return (vf)_mm256_max_ps((__m256)b, (__m256)a);
#else
    const vi less = a < b;
    return (vf)(((vi)b & less) | ((vi)a & ~less));
#endif
}
/// b where a > b, else a: a NaN in `a` stays.
INLINE vf FN(vmin)(vf a, vf b) {
#if ABL_LEVEL == 2
    return (vf)_mm512_min_ps((__m512)b, (__m512)a);
#elif ABL_LEVEL == 1
    return (vf)_mm256_min_ps((__m256)b, (__m256)a);
#else
    const vi greater = a > b;
    return (vf)(((vi)b & greater) | ((vi)a & ~greater));
#endif
}

/// The nearest whole number, for |x| < 2²².
INLINE vf FN(vround)(vf x) {
#if ABL_LEVEL == 2
    return (vf)_mm512_roundscale_ps((__m512)x, 0);
#elif ABL_LEVEL == 1
    return (vf)_mm256_round_ps((__m256)x, 0);
#else
    const vf magic = FN(splat)(12582912.0f);
    return (x + magic) - magic;
#endif
}

/// eˣ to a relative error of about 1e-7 · (1 + |x|); at most 2¹²⁶, and 0 or 2⁻¹²⁶ far below.
///
/// 2ⁿ · 2ᶠ with x · log₂e = n + f; 2ᶠ is the polynomial of degree 6 with the least relative error on |f| ≤ ½.
INLINE vf FN(vexp)(vf x) {
    vf t = FN(vmin)(x * 1.44269504088896341f, FN(splat)(126.0f));
#if ABL_LEVEL < 2
    t = FN(vmax)(t, FN(splat)(-126.0f));
#endif
    const vf n = FN(vround)(t), f = t - n;
    vf p = FN(splat)(1.53458075e-4f);
    p = p * f + 1.33999312e-3f;
    p = p * f + 9.61848897e-3f;
    p = p * f + 5.55032878e-2f;
    p = p * f + 2.40226469e-1f;
    p = p * f + 6.93147206e-1f;
    p = p * f + 1.0f;
#if ABL_LEVEL == 2
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    return p * (vf)((__builtin_convertvector(n, vi) + 127) << 23);
#endif
}

/// 1 / x for 1 ≤ x < 2¹²⁷ to about 1 ulp.
INLINE vf FN(vreciprocal)(vf x) {
#if ABL_LEVEL == 2
    // An estimate of 14 bits and one step of Newton's method are quicker than a division.
    const vf r = (vf)_mm512_rcp14_ps((__m512)x);
    return r + r * (1.0f - x * r);
#else
    return 1.0f / x;
#endif
}

INLINE vf FN(vsigmoid)(vf x) {
    return FN(vreciprocal)(1.0f + FN(vexp)(-x));
}

/// The activation; `a` is a compile-time constant after inlining.
INLINE vf FN(activate)(vf u, abl_activation a) {
    switch (a) {
    case ABL_RELU:
        return FN(vmax)(u, FN(splat)(0));
    case ABL_SILU:
        return u * FN(vsigmoid)(u);
    case ABL_SIGMOID:
        return FN(vsigmoid)(u);
    case ABL_HARD_SIGMOID:
        return FN(vmin)(FN(vmax)(u + 3.0f, FN(splat)(0)), FN(splat)(6.0f)) * (1.0f / 6.0f);
    default:
        return u;
    }
}

/// The activation's derivative at u.
INLINE vf FN(activate_slope)(vf u, abl_activation a) {
    switch (a) {
    case ABL_RELU:
        return (vf)((vi)FN(splat)(1.0f) & (u > 0.0f));
    case ABL_SILU: {
        const vf s = FN(vsigmoid)(u);
        return s * (1.0f + u * (1.0f - s));
    }
    case ABL_SIGMOID: {
        const vf s = FN(vsigmoid)(u);
        return s * (1.0f - s);
    }
    case ABL_HARD_SIGMOID:
        return (vf)((vi)FN(splat)(1.0f / 6.0f) & (u > -3.0f) & (u < 3.0f));
    default:
        return FN(splat)(1.0f);
    }
}

/// Runs `BODY(activation)` with a constant activation, so that each becomes a loop of its own.
#define WITH_ACTIVATION(a, BODY)                                                                                       \
    switch (a) {                                                                                                       \
    case ABL_RELU:                                                                                                     \
        BODY(ABL_RELU);                                                                                                \
        break;                                                                                                         \
    case ABL_SILU:                                                                                                     \
        BODY(ABL_SILU);                                                                                                \
        break;                                                                                                         \
    case ABL_SIGMOID:                                                                                                  \
        BODY(ABL_SIGMOID);                                                                                             \
        break;                                                                                                         \
    case ABL_HARD_SIGMOID:                                                                                             \
        BODY(ABL_HARD_SIGMOID);                                                                                        \
        break;                                                                                                         \
    default:                                                                                                           \
        BODY(ABL_IDENTITY);                                                                                            \
        break;                                                                                                         \
    }

/// Pixels whose sums are taken in single precision before they go into the double ones.
#define PIXEL_BLOCK 64
/// Pixels after which the next group of channels follows: many where there is one group only; else one, so that the map
/// is read and written from front to back.
#define STREAMED_PIXELS(c) ((c) <= 4 * W ? 1024 : 1)

/// Runs `CALL(V, K)` for groups of `V` ≤ 4 vectors of channels from `I` on, `K` channels in all: a pixel's group is one
/// stretch of memory, so that maps stream through. `V` is a constant, and so is `K` where the group is full.
#define CHANNEL_GROUPS(c, CALL)                                                                                        \
    {                                                                                                                  \
        ptrdiff_t I = 0;                                                                                               \
        for (; I + 4 * W <= (c); I += 4 * W)                                                                           \
            CALL(4, 4 * W);                                                                                            \
        const ptrdiff_t rest = (c)-I;                                                                                  \
        if (rest == 3 * W)                                                                                             \
            CALL(3, 3 * W);                                                                                            \
        else if (rest > 3 * W)                                                                                         \
            CALL(4, rest);                                                                                             \
        else if (rest == 2 * W)                                                                                        \
            CALL(2, 2 * W);                                                                                            \
        else if (rest > 2 * W)                                                                                         \
            CALL(3, rest);                                                                                             \
        else if (rest == W)                                                                                            \
            CALL(1, W);                                                                                                \
        else if (rest > W)                                                                                             \
            CALL(2, rest);                                                                                             \
        else if (rest > 0)                                                                                             \
            CALL(1, rest);                                                                                             \
    }

/// A loop over the vectors of a group, unrolled.
#define EACH(v, V) _Pragma("clang loop unroll(full)") for (int v = 0; v < (V); v++)
