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

/// First pixel of a side of `size` whose nearest pixel of a side of `coarse` is `index`.
#define NEAREST_FIRST(index, coarse, size) (((index) * (size) + (coarse)-1) / (coarse))

INLINE void FN(gate_group)(const int V, ptrdiff_t k, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t width, const float *a,
                           ptrdiff_t lda, const float *b, float *out, ptrdiff_t ldo) {
    vf g[V];
    EACH(v, V) g[v] = FN(load_k)(b + v * W, k - v * W);
    for (ptrdiff_t y = 0; y < rows; y++)
        for (ptrdiff_t x = 0; x < columns; x++) {
            const float *from = a + (y * width + x) * lda;
            float *to = out + (y * width + x) * ldo;
            EACH(v, V) FN(store_k)(to + v * W, FN(load_k)(from + v * W, k - v * W) * g[v], k - v * W);
        }
}

static void FN(gate)(const abl_gate *s, ptrdiff_t c, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                     float *out, ptrdiff_t ldo) {
    for (ptrdiff_t by = 0; by < s->gate_height; by++) {
        const ptrdiff_t y = NEAREST_FIRST(by, s->gate_height, s->height);
        const ptrdiff_t rows = NEAREST_FIRST(by + 1, s->gate_height, s->height) - y;
        for (ptrdiff_t bx = 0; bx < s->gate_width; bx++, b += ldb) {
            const ptrdiff_t x = NEAREST_FIRST(bx, s->gate_width, s->width);
            const ptrdiff_t columns = NEAREST_FIRST(bx + 1, s->gate_width, s->width) - x;
            const ptrdiff_t first = y * s->width + x;
#define GROUP(V, K)                                                                                                    \
    FN(gate_group)(V, K, rows, columns, s->width, a + first * lda + I, lda, b + I, out + first * ldo + I, ldo)
            CHANNEL_GROUPS(c, GROUP)
#undef GROUP
        }
    }
}

/// For the pixels of one gate: da (+)= dy · b, db (+)= Σ dy · a; either may be null.
INLINE void FN(gate_backward_group)(const int V, ptrdiff_t k, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t width,
                                    const float *dy, ptrdiff_t ldd, const float *a, ptrdiff_t lda, const float *b,
                                    float *da, ptrdiff_t ldg, int adds, float *db, int adds_gate) {
    vf g[V], sum[V];
    EACH(v, V) {
        g[v] = FN(load_k)(b + v * W, k - v * W);
        sum[v] = FN(splat)(0);
    }
    for (ptrdiff_t y = 0; y < rows; y++) {
        vf row[V];
        EACH(v, V) row[v] = FN(splat)(0);
        for (ptrdiff_t x = 0; x < columns; x++) {
            const float *d = dy + (y * width + x) * ldd, *value = a + (y * width + x) * lda;
            EACH(v, V) {
                const vf by = FN(load_k)(d + v * W, k - v * W);
                row[v] += by * FN(load_k)(value + v * W, k - v * W);
                if (da) {
                    float *to = da + (y * width + x) * ldg + v * W;
                    vf product = by * g[v];
                    if (adds)
                        product += FN(load_k)(to, k - v * W);
                    FN(store_k)(to, product, k - v * W);
                }
            }
        }
        EACH(v, V) sum[v] += row[v];
    }
    if (db)
        EACH(v, V) {
            if (adds_gate)
                sum[v] += FN(load_k)(db + v * W, k - v * W);
            FN(store_k)(db + v * W, sum[v], k - v * W);
        }
}

static void FN(gate_backward)(const abl_gate *s, ptrdiff_t c, const float *dy, ptrdiff_t ldd, const float *a,
                              ptrdiff_t lda, const float *b, ptrdiff_t ldb, float *da, ptrdiff_t ldg, int adds,
                              float *db, ptrdiff_t ldh, int adds_gate) {
    for (ptrdiff_t by = 0; by < s->gate_height; by++) {
        const ptrdiff_t y = NEAREST_FIRST(by, s->gate_height, s->height);
        const ptrdiff_t rows = NEAREST_FIRST(by + 1, s->gate_height, s->height) - y;
        for (ptrdiff_t bx = 0; bx < s->gate_width; bx++) {
            const ptrdiff_t x = NEAREST_FIRST(bx, s->gate_width, s->width);
            const ptrdiff_t columns = NEAREST_FIRST(bx + 1, s->gate_width, s->width) - x;
            const ptrdiff_t first = y * s->width + x, pixel = by * s->gate_width + bx;
#define GROUP(V, K)                                                                                                    \
    FN(gate_backward_group)(V, K, rows, columns, s->width, dy + first * ldd + I, ldd, a + first * lda + I, lda,        \
                            b + pixel * ldb + I, da ? da + first * ldg + I : 0, ldg, adds,                             \
                            db ? db + pixel * ldh + I : 0, adds_gate)
            CHANNEL_GROUPS(c, GROUP)
#undef GROUP
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
