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
        FN(copy)(hi - lo, c, src, ldx, dst, c);
    }
}

static void FN(normalized_strip)(const abl_strip *s, ptrdiff_t c, const abl_coefficients *coefficients,
                                 const float *du, ptrdiff_t ldd, const float *z, ptrdiff_t ldz, float *strip) {
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
        FN(normalization_backward_pixels)(hi - lo, c, coefficients, z + first * ldz, ldz, du + first * ldd, ldd, dst, c);
    }
}
