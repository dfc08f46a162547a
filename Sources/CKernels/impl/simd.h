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
    const vi less = a < b;
    return (vf)(((vi)b & less) | ((vi)a & ~less));
}
/// b where a > b, else a: a NaN in `a` stays.
INLINE vf FN(vmin)(vf a, vf b) {
    const vi greater = a > b;
    return (vf)(((vi)b & greater) | ((vi)a & ~greater));
}

/// eˣ to about 2 ulp for |x| ≤ 87, clamped outside: 2ⁿ · a polynomial of the remainder.
INLINE vf FN(vexp)(vf x) {
    x = FN(vmin)(FN(vmax)(x, FN(splat)(-87.0f)), FN(splat)(88.0f));
    const vf magic = FN(splat)(12582912.0f);
    const vf n = (x * 1.44269504088896341f + magic) - magic;
    vf r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    vf p = FN(splat)(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const vi e = (__builtin_convertvector(n, vi) + 127) << 23;
    return p * (vf)e;
}

INLINE vf FN(vsigmoid)(vf x) {
    return 1.0f / (1.0f + FN(vexp)(-x));
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

/// Pixels whose channels stay in the first-level cache while one block of channels after the other is done.
#define PIXEL_BLOCK 64
