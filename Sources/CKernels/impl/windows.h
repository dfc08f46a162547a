// Sliding windows: unrolling for GEMM and pooling.

/// First and one past the last kernel index that stays inside of `size` when the window starts at `start`.
INLINE void FN(clip)(ptrdiff_t start, ptrdiff_t kernel, ptrdiff_t size, ptrdiff_t *lo, ptrdiff_t *hi) {
    *lo = start < 0 ? -start : 0;
    *hi = start + kernel > size ? size - start : kernel;
    if (*hi < *lo)
        *hi = *lo;
}

static void FN(unroll)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, ptrdiff_t first, ptrdiff_t last,
                       float *col) {
    const ptrdiff_t row = w->kernel_w * c;
    for (ptrdiff_t oy = first; oy < last; oy++) {
        const ptrdiff_t iy = oy * w->stride_h - w->pad_h;
        for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
            const ptrdiff_t ix = ox * w->stride_w - w->pad_w;
            ptrdiff_t lo, hi;
            FN(clip)(ix, w->kernel_w, w->width, &lo, &hi);
            for (ptrdiff_t ky = 0; ky < w->kernel_h; ky++, col += row) {
                const ptrdiff_t y = iy + ky;
                if (y < 0 || y >= w->height || lo >= hi) {
                    memset(col, 0, (size_t)row * sizeof(float));
                    continue;
                }
                if (lo > 0)
                    memset(col, 0, (size_t)(lo * c) * sizeof(float));
                const float *src = x + (y * w->width + ix + lo) * ldx;
                if (ldx == c) {
                    const ptrdiff_t m = (hi - lo) * c;
                    float *dst = col + lo * c;
                    ptrdiff_t i = 0;
                    for (; i + W <= m; i += W)
                        FN(store)(dst + i, FN(load)(src + i));
                    if (i < m)
                        FN(store_part)(dst + i, FN(load_part)(src + i, m - i), m - i);
                } else {
                    for (ptrdiff_t kx = lo; kx < hi; kx++, src += ldx)
                        for (ptrdiff_t i = 0; i < c; i += W)
                            FN(store_k)(col + kx * c + i, FN(load_k)(src + i, c - i), c - i);
                }
                if (hi < w->kernel_w)
                    memset(col + hi * c, 0, (size_t)((w->kernel_w - hi) * c) * sizeof(float));
            }
        }
    }
}

static void FN(roll)(const abl_window *w, ptrdiff_t c, const float *col, ptrdiff_t first, ptrdiff_t last, float *dx,
                     ptrdiff_t ldx) {
    const ptrdiff_t row = w->kernel_w * c;
    for (ptrdiff_t oy = first; oy < last; oy++) {
        const ptrdiff_t iy = oy * w->stride_h - w->pad_h;
        for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
            const ptrdiff_t ix = ox * w->stride_w - w->pad_w;
            ptrdiff_t lo, hi;
            FN(clip)(ix, w->kernel_w, w->width, &lo, &hi);
            for (ptrdiff_t ky = 0; ky < w->kernel_h; ky++, col += row) {
                const ptrdiff_t y = iy + ky;
                if (y < 0 || y >= w->height)
                    continue;
                for (ptrdiff_t kx = lo; kx < hi; kx++) {
                    float *d = dx + (y * w->width + ix + kx) * ldx;
                    for (ptrdiff_t i = 0; i < c; i += W)
                        FN(store_k)(d + i, FN(load_k)(d + i, c - i) + FN(load_k)(col + kx * c + i, c - i), c - i);
                }
            }
        }
    }
}

// Pooling.

static void FN(max_pool)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy,
                         uint8_t *winner) {
    for (ptrdiff_t oy = 0; oy < w->out_height; oy++)
        for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
            const ptrdiff_t iy = oy * w->stride_h - w->pad_h, ix = ox * w->stride_w - w->pad_w;
            const ptrdiff_t pixel = oy * w->out_width + ox;
            ptrdiff_t lo, hi, left, right;
            FN(clip)(iy, w->kernel_h, w->height, &lo, &hi);
            FN(clip)(ix, w->kernel_w, w->width, &left, &right);
            for (ptrdiff_t i = 0; i < c; i += W) {
                const ptrdiff_t k = c - i < W ? c - i : W;
                const int start = (int)(lo * w->kernel_w + left);
                vf best = FN(load_k)(x + ((iy + lo) * w->width + ix + left) * ldx + i, k);
                vi index = (vi){0} + start;
                for (ptrdiff_t ky = lo; ky < hi; ky++)
                    for (ptrdiff_t kx = left; kx < right; kx++) {
                        const vf v = FN(load_k)(x + ((iy + ky) * w->width + ix + kx) * ldx + i, k);
                        const vi greater = v > best;
                        best = (vf)(((vi)v & greater) | ((vi)best & ~greater));
                        index = (((vi){0} + (int)(ky * w->kernel_w + kx)) & greater) | (index & ~greater);
                    }
                FN(store_k)(y + pixel * ldy + i, best, k);
                if (winner)
                    for (ptrdiff_t j = 0; j < k; j++)
                        winner[pixel * c + i + j] = (uint8_t)index[j];
            }
        }
}

static void FN(max_pool_backward)(const abl_window *w, ptrdiff_t c, const float *dy, ptrdiff_t ldy,
                                  const uint8_t *winner, float *dx, ptrdiff_t ldx) {
    for (ptrdiff_t oy = 0; oy < w->out_height; oy++)
        for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
            const ptrdiff_t iy = oy * w->stride_h - w->pad_h, ix = ox * w->stride_w - w->pad_w;
            const ptrdiff_t pixel = oy * w->out_width + ox;
            for (ptrdiff_t i = 0; i < c; i++) {
                const ptrdiff_t t = winner[pixel * c + i];
                dx[((iy + t / w->kernel_w) * w->width + ix + t % w->kernel_w) * ldx + i] += dy[pixel * ldy + i];
            }
        }
}

static void FN(average_pool)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy) {
    const float scale = 1.0f / (float)(w->kernel_h * w->kernel_w);
    for (ptrdiff_t oy = 0; oy < w->out_height; oy++)
        for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
            const float *src = x + (oy * w->stride_h * w->width + ox * w->stride_w) * ldx;
            for (ptrdiff_t i = 0; i < c; i += W) {
                vf s = FN(splat)(0);
                for (ptrdiff_t ky = 0; ky < w->kernel_h; ky++)
                    for (ptrdiff_t kx = 0; kx < w->kernel_w; kx++)
                        s += FN(load_k)(src + (ky * w->width + kx) * ldx + i, c - i);
                FN(store_k)(y + (oy * w->out_width + ox) * ldy + i, s * scale, c - i);
            }
        }
}

static void FN(average_pool_backward)(const abl_window *w, ptrdiff_t c, const float *dy, ptrdiff_t ldy, float *dx,
                                      ptrdiff_t ldx) {
    const float scale = 1.0f / (float)(w->kernel_h * w->kernel_w);
    for (ptrdiff_t oy = 0; oy < w->out_height; oy++)
        for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
            float *dst = dx + (oy * w->stride_h * w->width + ox * w->stride_w) * ldx;
            for (ptrdiff_t i = 0; i < c; i += W) {
                const vf d = FN(load_k)(dy + (oy * w->out_width + ox) * ldy + i, c - i) * scale;
                for (ptrdiff_t ky = 0; ky < w->kernel_h; ky++)
                    for (ptrdiff_t kx = 0; kx < w->kernel_w; kx++) {
                        float *p = dst + (ky * w->width + kx) * ldx + i;
                        FN(store_k)(p, FN(load_k)(p, c - i) + d, c - i);
                    }
            }
        }
}
