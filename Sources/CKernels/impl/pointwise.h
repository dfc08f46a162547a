// Copies, sums and products of maps.

static void FN(copy)(ptrdiff_t n, ptrdiff_t c, const float *src, ptrdiff_t lds, float *dst, ptrdiff_t ldd) {
    if (lds == c && ldd == c) {
        memcpy(dst, src, (size_t)(n * c) * sizeof(float));
        return;
    }
    for (ptrdiff_t p = 0; p < n; p++)
        for (ptrdiff_t i = 0; i < c; i += W)
            FN(store_k)(dst + p * ldd + i, FN(load_k)(src + p * lds + i, c - i), c - i);
}

/// Contiguous maps are one long row.
#define FLATTEN(condition)                                                                                             \
    if (condition) {                                                                                                   \
        c = n * c;                                                                                                     \
        n = 1;                                                                                                         \
    }

static void FN(accumulate)(ptrdiff_t n, ptrdiff_t c, const float *src, ptrdiff_t lds, float *dst, ptrdiff_t ldd) {
    FLATTEN(lds == c && ldd == c)
    for (ptrdiff_t p = 0; p < n; p++)
        for (ptrdiff_t i = 0; i < c; i += W) {
            float *d = dst + p * ldd + i;
            FN(store_k)(d, FN(load_k)(d, c - i) + FN(load_k)(src + p * lds + i, c - i), c - i);
        }
}

static void FN(add)(ptrdiff_t n, ptrdiff_t c, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb, float *out,
                    ptrdiff_t ldo) {
    FLATTEN(lda == c && ldb == c && ldo == c)
    for (ptrdiff_t p = 0; p < n; p++)
        for (ptrdiff_t i = 0; i < c; i += W)
            FN(store_k)
    (out + p * ldo + i, FN(load_k)(a + p * lda + i, c - i) + FN(load_k)(b + p * ldb + i, c - i), c - i);
}

static void FN(multiply)(ptrdiff_t n, ptrdiff_t c, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                         float *out, ptrdiff_t ldo, int accumulates) {
    FLATTEN(lda == c && ldb == c && ldo == c)
    for (ptrdiff_t p = 0; p < n; p++)
        for (ptrdiff_t i = 0; i < c; i += W) {
            float *o = out + p * ldo + i;
            vf v = FN(load_k)(a + p * lda + i, c - i) * FN(load_k)(b + p * ldb + i, c - i);
            if (accumulates)
                v += FN(load_k)(o, c - i);
            FN(store_k)(o, v, c - i);
        }
}

static void FN(scale_channels)(ptrdiff_t n, ptrdiff_t c, const float *a, ptrdiff_t lda, const float *factor, float *out,
                               ptrdiff_t ldo, int accumulates) {
    for (ptrdiff_t p = 0; p < n; p++)
        for (ptrdiff_t i = 0; i < c; i += W) {
            float *o = out + p * ldo + i;
            vf v = FN(load_k)(a + p * lda + i, c - i) * FN(load_k)(factor + i, c - i);
            if (accumulates)
                v += FN(load_k)(o, c - i);
            FN(store_k)(o, v, c - i);
        }
}

static void FN(channel_dots)(ptrdiff_t n, ptrdiff_t c, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                             float *sum) {
    for (ptrdiff_t i = 0; i < c; i += W)
        FN(store_k)(sum + i, FN(splat)(0), c - i);
    for (ptrdiff_t first = 0; first < n; first += PIXEL_BLOCK) {
        const ptrdiff_t last = first + PIXEL_BLOCK < n ? first + PIXEL_BLOCK : n;
        for (ptrdiff_t i = 0; i < c; i += W) {
            vf s = FN(splat)(0);
            for (ptrdiff_t p = first; p < last; p++)
                s += FN(load_k)(a + p * lda + i, c - i) * FN(load_k)(b + p * ldb + i, c - i);
            FN(store_k)(sum + i, FN(load_k)(sum + i, c - i) + s, c - i);
        }
    }
}

static void FN(channel_sums)(ptrdiff_t n, ptrdiff_t c, const float *a, ptrdiff_t lda, double *sum) {
    for (ptrdiff_t first = 0; first < n; first += PIXEL_BLOCK) {
        const ptrdiff_t last = first + PIXEL_BLOCK < n ? first + PIXEL_BLOCK : n;
        for (ptrdiff_t i = 0; i < c; i += W) {
            const ptrdiff_t k = c - i < W ? c - i : W;
            vf s = FN(splat)(0);
            for (ptrdiff_t p = first; p < last; p++)
                s += FN(load_k)(a + p * lda + i, k);
            for (ptrdiff_t j = 0; j < k; j++)
                sum[i + j] += s[j];
        }
    }
}

static void FN(broadcast)(ptrdiff_t n, ptrdiff_t c, const float *value, float *dst, ptrdiff_t ldd, int accumulates) {
    for (ptrdiff_t p = 0; p < n; p++)
        for (ptrdiff_t i = 0; i < c; i += W) {
            float *d = dst + p * ldd + i;
            vf v = FN(load_k)(value + i, c - i);
            if (accumulates)
                v += FN(load_k)(d, c - i);
            FN(store_k)(d, v, c - i);
        }
}

// Rows of softmax.

INLINE float FN(sum_lanes)(vf v) {
    float s = 0;
    for (int j = 0; j < W; j++)
        s += v[j];
    return s;
}

static void FN(softmax)(ptrdiff_t n, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy) {
    for (ptrdiff_t p = 0; p < n; p++) {
        const float *xs = x + p * ldx;
        float *ys = y + p * ldy;
        float top = xs[0];
        for (ptrdiff_t i = 1; i < c; i++)
            top = xs[i] > top ? xs[i] : top;
        vf total = FN(splat)(0);
        for (ptrdiff_t i = 0; i < c; i += W) {
            vf e = FN(vexp)(FN(load_k)(xs + i, c - i) - top);
            if (c - i < W)
                for (int j = (int)(c - i); j < W; j++)
                    e[j] = 0;
            total += e;
            FN(store_k)(ys + i, e, c - i);
        }
        const float scale = 1.0f / FN(sum_lanes)(total);
        for (ptrdiff_t i = 0; i < c; i += W)
            FN(store_k)(ys + i, FN(load_k)(ys + i, c - i) * scale, c - i);
    }
}

static void FN(softmax_backward)(ptrdiff_t n, ptrdiff_t c, const float *y, ptrdiff_t ldy, const float *dy,
                                 ptrdiff_t lddy, float *dx, ptrdiff_t ldx, int accumulates) {
    for (ptrdiff_t p = 0; p < n; p++) {
        vf total = FN(splat)(0);
        for (ptrdiff_t i = 0; i < c; i += W)
            total += FN(load_k)(y + p * ldy + i, c - i) * FN(load_k)(dy + p * lddy + i, c - i);
        const float dot = FN(sum_lanes)(total);
        for (ptrdiff_t i = 0; i < c; i += W) {
            float *d = dx + p * ldx + i;
            vf v = FN(load_k)(y + p * ldy + i, c - i) * (FN(load_k)(dy + p * lddy + i, c - i) - dot);
            if (accumulates)
                v += FN(load_k)(d, c - i);
            FN(store_k)(d, v, c - i);
        }
    }
}
