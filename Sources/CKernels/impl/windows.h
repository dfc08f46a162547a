// Sliding windows: unrolling for GEMM, depthwise convolution with both gradients, pooling.

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

// Depthwise convolution. One block of W channels at a time walks over the image with the block's taps in registers.

#define MAX_TAPS 81

/// Outputs ox in first ..< last of one row, all taps inside of the image in x; ky in lo ..< hi.
INLINE void FN(depthwise_row)(const abl_window *w, const float *x, ptrdiff_t ldx, const vf *tap, ptrdiff_t kernel_w,
                              ptrdiff_t lo, ptrdiff_t hi, ptrdiff_t iy, ptrdiff_t first, ptrdiff_t last, ptrdiff_t k,
                              float *y, ptrdiff_t ldy) {
    for (ptrdiff_t ox = first; ox < last; ox++) {
        const float *src = x + ((iy + lo) * w->width + ox * w->stride_w - w->pad_w) * ldx;
        vf s = FN(splat)(0);
        for (ptrdiff_t ky = lo; ky < hi; ky++, src += w->width * ldx)
            for (ptrdiff_t kx = 0; kx < kernel_w; kx++)
                s += FN(load_k)(src + kx * ldx, k) * tap[ky * kernel_w + kx];
        FN(store_k)(y + ox * ldy, s, k);
    }
}

INLINE void FN(depthwise_block)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, const float *weight,
                                float *y, ptrdiff_t ldy, ptrdiff_t kernel_h, ptrdiff_t kernel_w, ptrdiff_t k) {
    vf tap[MAX_TAPS];
    for (ptrdiff_t t = 0; t < kernel_h * kernel_w; t++)
        tap[t] = FN(load_k)(weight + t * c, k);
    // Outputs whose windows lie inside of the image from left to right.
    ptrdiff_t inner = (w->pad_w + w->stride_w - 1) / w->stride_w;
    ptrdiff_t outer = (w->width + w->pad_w - kernel_w) >= 0 ? (w->width + w->pad_w - kernel_w) / w->stride_w + 1 : 0;
    if (outer > w->out_width)
        outer = w->out_width;
    if (inner > outer)
        inner = outer;
    for (ptrdiff_t oy = 0; oy < w->out_height; oy++) {
        const ptrdiff_t iy = oy * w->stride_h - w->pad_h;
        float *out = y + oy * w->out_width * ldy;
        ptrdiff_t lo, hi;
        FN(clip)(iy, kernel_h, w->height, &lo, &hi);
        for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
            if (ox == inner && outer > inner)
                ox = outer;
            if (ox >= w->out_width)
                break;
            const ptrdiff_t ix = ox * w->stride_w - w->pad_w;
            ptrdiff_t left, right;
            FN(clip)(ix, kernel_w, w->width, &left, &right);
            vf s = FN(splat)(0);
            for (ptrdiff_t ky = lo; ky < hi; ky++)
                for (ptrdiff_t kx = left; kx < right; kx++)
                    s += FN(load_k)(x + ((iy + ky) * w->width + ix + kx) * ldx, k) * tap[ky * kernel_w + kx];
            FN(store_k)(out + ox * ldy, s, k);
        }
        if (lo == 0 && hi == kernel_h)
            FN(depthwise_row)(w, x, ldx, tap, kernel_w, 0, kernel_h, iy, inner, outer, k, out, ldy);
        else
            FN(depthwise_row)(w, x, ldx, tap, kernel_w, lo, hi, iy, inner, outer, k, out, ldy);
    }
}

/// The kernel sizes that get a loop with a constant number of taps.
#define WITH_KERNEL(w, BODY)                                                                                           \
    if ((w)->kernel_h == 3 && (w)->kernel_w == 3) {                                                                    \
        BODY(3, 3);                                                                                                    \
    } else if ((w)->kernel_h == 5 && (w)->kernel_w == 5) {                                                             \
        BODY(5, 5);                                                                                                    \
    } else if ((w)->kernel_h == 1 && (w)->kernel_w == 5) {                                                             \
        BODY(1, 5);                                                                                                    \
    } else if ((w)->kernel_h == 5 && (w)->kernel_w == 1) {                                                             \
        BODY(5, 1);                                                                                                    \
    } else {                                                                                                           \
        BODY((w)->kernel_h, (w)->kernel_w);                                                                            \
    }

/// Full blocks see the constant W, so that their loads and stores need no mask.
#define FOR_CHANNEL_BLOCKS(BODY)                                                                                       \
    {                                                                                                                  \
        ptrdiff_t i = 0;                                                                                               \
        for (; i + W <= c; i += W) {                                                                                   \
            BODY(i, W);                                                                                                \
        }                                                                                                              \
        if (i < c) {                                                                                                   \
            BODY(i, (c - i));                                                                                          \
        }                                                                                                              \
    }

static void FN(depthwise)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, const float *weight,
                          float *y, ptrdiff_t ldy){
#define BLOCK(I, K) FN(depthwise_block)(w, c, x + (I), ldx, weight + (I), y + (I), ldy, KH, KW, K)
#define BODY(A, B)                                                                                                     \
    {                                                                                                                  \
        const ptrdiff_t KH = A, KW = B;                                                                                \
        FOR_CHANNEL_BLOCKS(BLOCK)                                                                                      \
    }
    WITH_KERNEL(w, BODY)
#undef BODY
#undef BLOCK
}

INLINE void FN(depthwise_input_block)(const abl_window *w, ptrdiff_t c, const float *dy, ptrdiff_t ldy,
                                      const float *weight, float *dx, ptrdiff_t ldx, int accumulates,
                                      ptrdiff_t kernel_h, ptrdiff_t kernel_w, ptrdiff_t k) {
    vf tap[MAX_TAPS];
    for (ptrdiff_t t = 0; t < kernel_h * kernel_w; t++)
        tap[t] = FN(load_k)(weight + t * c, k);
    for (ptrdiff_t y = 0; y < w->height; y++) {
        for (ptrdiff_t x = 0; x < w->width; x++) {
            vf s = FN(splat)(0);
            for (ptrdiff_t ky = 0; ky < kernel_h; ky++) {
                const ptrdiff_t ty = y + w->pad_h - ky;
                if (ty < 0 || ty % w->stride_h)
                    continue;
                const ptrdiff_t oy = ty / w->stride_h;
                if (oy >= w->out_height)
                    continue;
                for (ptrdiff_t kx = 0; kx < kernel_w; kx++) {
                    const ptrdiff_t tx = x + w->pad_w - kx;
                    if (tx < 0 || tx % w->stride_w)
                        continue;
                    const ptrdiff_t ox = tx / w->stride_w;
                    if (ox >= w->out_width)
                        continue;
                    s += FN(load_k)(dy + (oy * w->out_width + ox) * ldy, k) * tap[ky * kernel_w + kx];
                }
            }
            float *d = dx + (y * w->width + x) * ldx;
            if (accumulates)
                s += FN(load_k)(d, k);
            FN(store_k)(d, s, k);
        }
    }
}

/// Stride 1: the gradient is a convolution of dy with the taps turned round.
INLINE void FN(depthwise_input_block_unit)(const abl_window *w, ptrdiff_t c, const float *dy, ptrdiff_t ldy,
                                           const float *weight, float *dx, ptrdiff_t ldx, int accumulates,
                                           ptrdiff_t kernel_h, ptrdiff_t kernel_w, ptrdiff_t k) {
    vf tap[MAX_TAPS];
    const ptrdiff_t taps = kernel_h * kernel_w;
    for (ptrdiff_t t = 0; t < taps; t++)
        tap[taps - 1 - t] = FN(load_k)(weight + t * c, k);
    const ptrdiff_t pad_h = kernel_h - 1 - w->pad_h, pad_w = kernel_w - 1 - w->pad_w;
    for (ptrdiff_t y = 0; y < w->height; y++) {
        const ptrdiff_t iy = y - pad_h;
        ptrdiff_t lo, hi;
        FN(clip)(iy, kernel_h, w->out_height, &lo, &hi);
        for (ptrdiff_t x = 0; x < w->width; x++) {
            const ptrdiff_t ix = x - pad_w;
            vf s = FN(splat)(0);
            if (lo == 0 && hi == kernel_h && ix >= 0 && ix + kernel_w <= w->out_width) {
                const float *src = dy + (iy * w->out_width + ix) * ldy;
                for (ptrdiff_t ky = 0; ky < kernel_h; ky++, src += w->out_width * ldy)
                    for (ptrdiff_t kx = 0; kx < kernel_w; kx++)
                        s += FN(load_k)(src + kx * ldy, k) * tap[ky * kernel_w + kx];
            } else {
                ptrdiff_t left, right;
                FN(clip)(ix, kernel_w, w->out_width, &left, &right);
                for (ptrdiff_t ky = lo; ky < hi; ky++)
                    for (ptrdiff_t kx = left; kx < right; kx++)
                        s += FN(load_k)(dy + ((iy + ky) * w->out_width + ix + kx) * ldy, k) * tap[ky * kernel_w + kx];
            }
            float *d = dx + (y * w->width + x) * ldx;
            if (accumulates)
                s += FN(load_k)(d, k);
            FN(store_k)(d, s, k);
        }
    }
}

static void FN(depthwise_backward_input)(const abl_window *w, ptrdiff_t c, const float *dy, ptrdiff_t ldy,
                                         const float *weight, float *dx, ptrdiff_t ldx, int accumulates) {
    if (w->stride_h == 1 && w->stride_w == 1) {
#define BLOCK(I, K)                                                                                                    \
    FN(depthwise_input_block_unit)(w, c, dy + (I), ldy, weight + (I), dx + (I), ldx, accumulates, KH, KW, K)
#define BODY(A, B)                                                                                                     \
    {                                                                                                                  \
        const ptrdiff_t KH = A, KW = B;                                                                                \
        FOR_CHANNEL_BLOCKS(BLOCK)                                                                                      \
    }
        WITH_KERNEL(w, BODY)
#undef BLOCK
    } else {
#define BLOCK(I, K) FN(depthwise_input_block)(w, c, dy + (I), ldy, weight + (I), dx + (I), ldx, accumulates, KH, KW, K)
        WITH_KERNEL(w, BODY)
#undef BODY
#undef BLOCK
    }
}

INLINE void FN(depthwise_weight_block)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, const float *dy,
                                       ptrdiff_t ldy, float *dweight, ptrdiff_t kernel_h, ptrdiff_t kernel_w,
                                       ptrdiff_t k) {
    vf sum[MAX_TAPS];
    for (ptrdiff_t oy = 0; oy < w->out_height; oy++) {
        for (ptrdiff_t t = 0; t < kernel_h * kernel_w; t++)
            sum[t] = FN(splat)(0);
        const ptrdiff_t iy = oy * w->stride_h - w->pad_h;
        ptrdiff_t lo, hi;
        FN(clip)(iy, kernel_h, w->height, &lo, &hi);
        for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
            const ptrdiff_t ix = ox * w->stride_w - w->pad_w;
            const vf d = FN(load_k)(dy + (oy * w->out_width + ox) * ldy, k);
            if (lo == 0 && hi == kernel_h && ix >= 0 && ix + kernel_w <= w->width) {
                const float *src = x + (iy * w->width + ix) * ldx;
                for (ptrdiff_t ky = 0; ky < kernel_h; ky++, src += w->width * ldx)
                    for (ptrdiff_t kx = 0; kx < kernel_w; kx++)
                        sum[ky * kernel_w + kx] += FN(load_k)(src + kx * ldx, k) * d;
            } else {
                ptrdiff_t left, right;
                FN(clip)(ix, kernel_w, w->width, &left, &right);
                for (ptrdiff_t ky = 0; ky < kernel_h; ky++)
                    for (ptrdiff_t kx = 0; kx < kernel_w; kx++)
                        if (ky >= lo && ky < hi && kx >= left && kx < right)
                            sum[ky * kernel_w + kx] += FN(load_k)(x + ((iy + ky) * w->width + ix + kx) * ldx, k) * d;
            }
        }
        for (ptrdiff_t t = 0; t < kernel_h * kernel_w; t++)
            FN(store_k)(dweight + t * c, FN(load_k)(dweight + t * c, k) + sum[t], k);
    }
}

static void FN(depthwise_backward_weight)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx,
                                          const float *dy, ptrdiff_t ldy, float *dweight) {
#define BLOCK(I, K) FN(depthwise_weight_block)(w, c, x + (I), ldx, dy + (I), ldy, dweight + (I), KH, KW, K)
#define BODY(A, B)                                                                                                     \
    {                                                                                                                  \
        const ptrdiff_t KH = A, KW = B;                                                                                \
        FOR_CHANNEL_BLOCKS(BLOCK)                                                                                      \
    }
    WITH_KERNEL(w, BODY)
#undef BODY
#undef BLOCK
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
