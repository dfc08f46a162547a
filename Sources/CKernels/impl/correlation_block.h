// The register blocks of a dense convolution, for one type of vector; included by correlation.h with
// VECTOR, SPLAT, LOAD and STORE (up to `k` floats) and NAMED.
//
// Arrays have constant sizes: one of size V, although V is a constant after inlining, costs a stack pointer in the loop.

/// R pixels × V vectors of outputs; `k` outputs are stored.
INLINE void NAMED(correlate_registers)(const int R, const int V, const abl_correlation *d, const float *x, const float *w,
                                    float *y, ptrdiff_t k, int accumulates) {
    VECTOR sum[MAX_ROWS_1][MAX_VECTORS];
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
        for (int v = 0; v < V; v++)
            sum[r][v] = SPLAT(0);
    const ptrdiff_t step = d->x_pixel, taps = d->taps, inputs = d->inputs;
    for (ptrdiff_t t = 0; t < taps; t++) {
        const float *from = x + t * d->x_tap;
        for (ptrdiff_t i = 0; i < inputs; i++, w += V * W) {
            VECTOR b[MAX_VECTORS];
#pragma clang loop unroll(full)
            for (int v = 0; v < V; v++)
                b[v] = *(const VECTOR *)(w + v * W);
#pragma clang loop unroll(full)
            for (int r = 0; r < R; r++) {
                const VECTOR a = SPLAT(from[r * step + i]);
#pragma clang loop unroll(full)
                for (int v = 0; v < V; v++)
                    sum[r][v] += a * b[v];
            }
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
        for (int v = 0; v < V; v++) {
            float *to = y + r * d->y_pixel + v * W;
            VECTOR s = sum[r][v];
            if (accumulates)
                s += LOAD(to, k - v * W);
            STORE(to, s, k - v * W);
        }
}

/// R inputs × V vectors of outputs of the weights' gradient, summed over all pixels.
INLINE void NAMED(correlate_weight_registers)(const int R, const int V, const abl_correlation *d, const float *x,
                                           const float *dy, float *dw, ptrdiff_t ldw, ptrdiff_t k) {
    VECTOR sum[MAX_ROWS_1][MAX_VECTORS];
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
        for (int v = 0; v < V; v++)
            sum[r][v] = SPLAT(0);
    for (ptrdiff_t row = 0; row < d->rows; row++) {
        const float *from = x + row * d->x_row, *by = dy + row * d->y_row;
        for (ptrdiff_t p = 0; p < d->pixels; p++, from += d->x_pixel, by += d->y_pixel) {
            VECTOR b[MAX_VECTORS];
#pragma clang loop unroll(full)
            for (int v = 0; v < V; v++)
                b[v] = LOAD(by + v * W, k - v * W);
#pragma clang loop unroll(full)
            for (int r = 0; r < R; r++) {
                const VECTOR a = SPLAT(from[r]);
#pragma clang loop unroll(full)
                for (int v = 0; v < V; v++)
                    sum[r][v] += a * b[v];
            }
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++)
#pragma clang loop unroll(full)
        for (int v = 0; v < V; v++) {
            float *to = dw + r * ldw + v * W;
            STORE(to, LOAD(to, k - v * W) + sum[r][v], k - v * W);
        }
}
