// Copies of some rows and columns of a map with the padding around it, pixel after pixel.

/// Columns of the strip that lie inside of the map, and the pixels of zeros in front of and behind them.
#define STRIP_COLUMNS(s)                                                                                               \
    const ptrdiff_t lo = (s)->column < 0 ? -(s)->column : 0;                                                           \
    const ptrdiff_t end = (s)->width - (s)->column;                                                                    \
    const ptrdiff_t hi = end < lo ? lo : end < (s)->columns ? end : (s)->columns;

INLINE void FN(clear_floats)(float *p, ptrdiff_t n) {
    memset(p, 0, (size_t)n * sizeof(float));
}

static void FN(copy_strip)(const abl_strip *s, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *strip) {
    STRIP_COLUMNS(s)
    for (ptrdiff_t r = 0; r < s->rows; r++, strip += s->columns * c) {
        const ptrdiff_t y = s->row + r;
        if (y < 0 || y >= s->height) {
            FN(clear_floats)(strip, s->columns * c);
            continue;
        }
        FN(clear_floats)(strip, lo * c);
        FN(clear_floats)(strip + hi * c, (s->columns - hi) * c);
        const float *src = x + (y * s->width + s->column + lo) * ldx;
        float *dst = strip + lo * c;
        if (ldx == c) {
            memcpy(dst, src, (size_t)((hi - lo) * c) * sizeof(float));
            continue;
        }
        for (ptrdiff_t i = 0; i < c; i += W) {
            const ptrdiff_t k = c - i;
            for (ptrdiff_t p = 0; p < hi - lo; p++)
                FN(store_k)(dst + p * c + i, FN(load_k)(src + p * ldx + i, k), k);
        }
    }
}

static void FN(normalized_strip)(const abl_strip *s, ptrdiff_t c, const float *du, ptrdiff_t ldd, const float *z,
                                 ptrdiff_t ldz, const float *factor, const float *slope, const float *offset,
                                 float *strip) {
    STRIP_COLUMNS(s)
    for (ptrdiff_t r = 0; r < s->rows; r++, strip += s->columns * c) {
        const ptrdiff_t y = s->row + r;
        if (y < 0 || y >= s->height) {
            FN(clear_floats)(strip, s->columns * c);
            continue;
        }
        FN(clear_floats)(strip, lo * c);
        FN(clear_floats)(strip + hi * c, (s->columns - hi) * c);
        const ptrdiff_t first = y * s->width + s->column + lo;
        float *dst = strip + lo * c;
        for (ptrdiff_t from = 0; from < hi - lo; from += PIXEL_BLOCK) {
            const ptrdiff_t to = from + PIXEL_BLOCK < hi - lo ? from + PIXEL_BLOCK : hi - lo;
            for (ptrdiff_t i = 0; i < c; i += W) {
                const ptrdiff_t k = c - i;
                const vf f = FN(load_k)(factor + i, k), g = FN(load_k)(slope + i, k), o = FN(load_k)(offset + i, k);
                for (ptrdiff_t p = from; p < to; p++) {
                    const vf d = FN(load_k)(du + (first + p) * ldd + i, k), v = FN(load_k)(z + (first + p) * ldz + i, k);
                    FN(store_k)(dst + p * c + i, d * f + v * g + o, k);
                }
            }
        }
    }
}
