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

/// Runs CALL for the vectors of `c` channels from `I` on; all but the last have the constant number W of channels `K`.
#define CHANNEL_VECTORS(c, CALL)                                                                                       \
    {                                                                                                                  \
        ptrdiff_t I = 0;                                                                                               \
        for (; I + W <= (c); I += W) {                                                                                 \
            const ptrdiff_t K = W;                                                                                     \
            CALL                                                                                                       \
        }                                                                                                              \
        if (I < (c)) {                                                                                                 \
            const ptrdiff_t K = (c)-I;                                                                                 \
            CALL                                                                                                       \
        }                                                                                                              \
    }

/// Maps are read and written from front to back; the row of gates stays in the cache.
static void FN(gate)(const abl_gate *s, ptrdiff_t c, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb,
                     float *out, ptrdiff_t ldo) {
    for (ptrdiff_t y = 0; y < s->height; y++) {
        const float *row = b + y * s->gate_height / s->height * s->gate_width * ldb;
        for (ptrdiff_t bx = 0; bx < s->gate_width; bx++) {
            const float *gate = row + bx * ldb;
            const ptrdiff_t end = NEAREST_FIRST(bx + 1, s->gate_width, s->width);
            for (ptrdiff_t x = NEAREST_FIRST(bx, s->gate_width, s->width); x < end; x++) {
                const float *from = a + (y * s->width + x) * lda;
                float *to = out + (y * s->width + x) * ldo;
                CHANNEL_VECTORS(c, FN(store_k)(to + I, FN(load_k)(from + I, K) * FN(load_k)(gate + I, K), K);)
            }
        }
    }
}

/// For `columns` pixels of one gate: da (+)= dy · b, db (+)= Σ dy · a; either may be null.
INLINE void FN(gate_backward_pixels)(ptrdiff_t columns, ptrdiff_t c, const float *dy, ptrdiff_t ldd, const float *a,
                                     ptrdiff_t lda, const float *b, float *da, ptrdiff_t ldg, int adds, float *db,
                                     int adds_gate) {
#define CALL                                                                                                           \
    const vf g = FN(load_k)(b + I, K);                                                                                 \
    vf sum = db && adds_gate ? FN(load_k)(db + I, K) : FN(splat)(0);                                                   \
    for (ptrdiff_t x = 0; x < columns; x++) {                                                                          \
        const vf by = FN(load_k)(dy + x * ldd + I, K);                                                                 \
        sum += by * FN(load_k)(a + x * lda + I, K);                                                                    \
        if (da) {                                                                                                      \
            float *to = da + x * ldg + I;                                                                              \
            FN(store_k)(to, adds ? by * g + FN(load_k)(to, K) : by * g, K);                                            \
        }                                                                                                              \
    }                                                                                                                  \
    if (db)                                                                                                            \
        FN(store_k)(db + I, sum, K);
    CHANNEL_VECTORS(c, CALL)
#undef CALL
}

static void FN(gate_backward)(const abl_gate *s, ptrdiff_t c, const float *dy, ptrdiff_t ldd, const float *a,
                              ptrdiff_t lda, const float *b, ptrdiff_t ldb, float *da, ptrdiff_t ldg, int adds,
                              float *db, ptrdiff_t ldh, int adds_gate) {
    for (ptrdiff_t y = 0; y < s->height; y++) {
        const ptrdiff_t by = y * s->gate_height / s->height;
        const int is_first_row = y == NEAREST_FIRST(by, s->gate_height, s->height);
        for (ptrdiff_t bx = 0; bx < s->gate_width; bx++) {
            const ptrdiff_t gate = by * s->gate_width + bx, start = NEAREST_FIRST(bx, s->gate_width, s->width);
            const ptrdiff_t end = NEAREST_FIRST(bx + 1, s->gate_width, s->width);
            // Two pixels at a time, so that maps are read from front to back.
            for (ptrdiff_t x = start; x < end; x += 2) {
                const ptrdiff_t first = y * s->width + x;
                const int has_sum = adds_gate || !is_first_row || x > start;
#define PIXELS(COLUMNS, SUMS)                                                                                          \
    FN(gate_backward_pixels)(COLUMNS, c, dy + first * ldd, ldd, a + first * lda, lda, b + gate * ldb,                  \
                             da ? da + first * ldg : 0, ldg, adds, db ? db + gate * ldh : 0, SUMS)
                if (x + 2 > end)
                    PIXELS(1, has_sum);
                else if (has_sum)
                    PIXELS(2, 1);
                else
                    PIXELS(2, 0);
#undef PIXELS
            }
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
