// Depthwise convolution and both of its gradients.
//
// One block of W channels at a time; strips of rows are copied into a padded scratch, W scalars a pixel, so that the
// inner loops have no borders, constant strides, and the block's taps in registers.

#define MAX_TAPS 81

/// Rows of the input that output rows first ..< last read, including padding.
#define STRIP_ROWS(w, rows) (((rows)-1) * (w)->stride_h + (w)->kernel_h)

/// Output rows whose input strip fits into the scratch.
INLINE ptrdiff_t FN(strip)(const abl_window *w) {
    const ptrdiff_t row = (w->width + 2 * w->pad_w) * W;
    ptrdiff_t rows = (ABL_DEPTHWISE_SCRATCH / row - w->kernel_h) / w->stride_h + 1;
    return rows < 1 ? 1 : rows;
}

/// Copies input rows first ..< first + rows (counted with padding) of one block into the scratch; outside is 0.
INLINE void FN(fill_strip)(const abl_window *w, const float *x, ptrdiff_t ldx, ptrdiff_t first, ptrdiff_t rows,
                           ptrdiff_t k, vf *strip) {
    const ptrdiff_t padded = w->width + 2 * w->pad_w;
    for (ptrdiff_t r = 0; r < rows; r++, strip += padded) {
        const ptrdiff_t y = first + r - w->pad_h;
        if (y < 0 || y >= w->height) {
            memset(strip, 0, (size_t)padded * sizeof(vf));
            continue;
        }
        for (ptrdiff_t p = 0; p < w->pad_w; p++)
            strip[p] = strip[padded - 1 - p] = FN(splat)(0);
        const float *src = x + y * w->width * ldx;
        vf *to = strip + w->pad_w;
        const ptrdiff_t width = w->width;
        for (ptrdiff_t p = 0; p < width; p++) {
            __builtin_prefetch(src + (p + 24) * ldx);
            to[p] = FN(load_k)(src + p * ldx, k);
        }
    }
}

/// Fetches what an output pixel some rows further down will read first: the sums of this one take as long as the way from
/// memory. `row` is the last input row of that pixel's window; addresses behind the map do no harm.
INLINE void FN(fetch_ahead)(const float *row, ptrdiff_t pitch, ptrdiff_t ldx, ptrdiff_t stride_h, ptrdiff_t stride_w) {
    for (ptrdiff_t r = 0; r < stride_h; r++)
        for (ptrdiff_t p = 0; p < stride_w; p++)
            __builtin_prefetch(row - r * pitch + p * ldx, 0, 2);
}

/// y (+)= correlation of x with the taps. `fetches` where x comes from memory.
INLINE void FN(correlate_block)(const abl_window *w, const float *x, ptrdiff_t ldx, const vf *taps, float *y,
                                ptrdiff_t ldy, int accumulates, int fetches, ptrdiff_t begin, ptrdiff_t end,
                                vf *scratch, ptrdiff_t kernel_h, ptrdiff_t kernel_w, ptrdiff_t stride_w, ptrdiff_t k) {
    const ptrdiff_t padded = w->width + 2 * w->pad_w, step = FN(strip)(w);
    vf tap[MAX_TAPS];
    for (ptrdiff_t t = 0; t < kernel_h * kernel_w; t++)
        tap[t] = taps[t];
    for (ptrdiff_t first = begin; first < end; first += step) {
        const ptrdiff_t last = first + step < end ? first + step : end;
        FN(fill_strip)(w, x, ldx, first * w->stride_h, STRIP_ROWS(w, last - first), k, scratch);
        for (ptrdiff_t oy = first; oy < last; oy++) {
            const vf *row = scratch + (oy - first) * w->stride_h * padded;
            float *out = y + oy * w->out_width * ldy;
            const float *ahead = x + ((oy + step) * w->stride_h + kernel_h - 1 - w->pad_h) * w->width * ldx;
            for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
                if (fetches)
                    FN(fetch_ahead)(ahead + ox * stride_w * ldx, w->width * ldx, ldx, w->stride_h, stride_w);
                const vf *src = row + ox * stride_w;
                vf s = FN(splat)(0);
                for (ptrdiff_t ky = 0; ky < kernel_h; ky++)
                    for (ptrdiff_t kx = 0; kx < kernel_w; kx++)
                        s += src[ky * padded + kx] * tap[ky * kernel_w + kx];
                if (accumulates)
                    s += FN(load_k)(out + ox * ldy, k);
                FN(store_k)(out + ox * ldy, s, k);
            }
        }
    }
}

/// The pixels of one row of dx that have the same taps: every stride_w-th from `x` on. `rows` is the first pixel of the
/// padded row of dy under tap row `ky`, and the one before it belongs to tap row ky + stride_h.
INLINE void FN(gather_pixels)(const abl_window *w, const vf *rows, ptrdiff_t padded, const vf *tap, float *dx,
                              ptrdiff_t ldx, int accumulates, ptrdiff_t x, ptrdiff_t kernel_h, ptrdiff_t kernel_w,
                              ptrdiff_t stride_h, ptrdiff_t stride_w, ptrdiff_t ky, ptrdiff_t kx, ptrdiff_t k) {
    const vf *src = rows + (x + w->pad_w - kx) / stride_w;
    for (; x < w->width; x += stride_w, src++) {
        vf s = FN(splat)(0);
        for (ptrdiff_t i = ky, r = 0; i < kernel_h; i += stride_h, r++)
            for (ptrdiff_t j = kx, c = 0; j < kernel_w; j += stride_w, c++)
                s += src[-r * padded - c] * tap[i * kernel_w + j];
        float *to = dx + x * ldx;
        if (accumulates)
            s += FN(load_k)(to, k);
        FN(store_k)(to, s, k);
    }
}

/// dx (+)= the gradient for strides above 1, rows begin ..< end of dx: each pixel gathers the outputs whose windows saw
/// it, through the taps that its place modulo the stride leaves.
INLINE void FN(gather_block)(const abl_window *w, const float *dy, ptrdiff_t ldy, const vf *taps, float *dx,
                             ptrdiff_t ldx, int accumulates, ptrdiff_t begin, ptrdiff_t end, vf *scratch,
                             ptrdiff_t kernel_h, ptrdiff_t kernel_w, ptrdiff_t stride_h, ptrdiff_t stride_w,
                             ptrdiff_t k) {
    const ptrdiff_t padded = w->out_width + 2 * kernel_w, reach = (kernel_h - 1) / stride_h;
    const ptrdiff_t capacity = ABL_DEPTHWISE_SCRATCH / (padded * W) - reach - 1;
    const ptrdiff_t step = capacity < 1 ? 1 : capacity * stride_h;
    vf tap[MAX_TAPS];
    for (ptrdiff_t t = 0; t < kernel_h * kernel_w; t++)
        tap[t] = taps[t];
    for (ptrdiff_t first = begin; first < end; first += step) {
        const ptrdiff_t last = first + step < end ? first + step : end;
        const ptrdiff_t from = (first + w->pad_h) / stride_h - reach, to = (last - 1 + w->pad_h) / stride_h;
        for (ptrdiff_t oy = from; oy <= to; oy++) {
            vf *row = scratch + (oy - from) * padded;
            if (oy < 0 || oy >= w->out_height) {
                memset(row, 0, (size_t)padded * sizeof(vf));
                continue;
            }
            for (ptrdiff_t p = 0; p < kernel_w; p++)
                row[p] = row[padded - 1 - p] = FN(splat)(0);
            const float *src = dy + oy * w->out_width * ldy;
            for (ptrdiff_t p = 0; p < w->out_width; p++)
                row[kernel_w + p] = FN(load_k)(src + p * ldy, k);
        }
        for (ptrdiff_t y = first; y < last; y++) {
            const ptrdiff_t ky = (y + w->pad_h) % stride_h;
            const vf *rows = scratch + ((y + w->pad_h) / stride_h - from) * padded + kernel_w;
            float *out = dx + y * w->width * ldx;
            for (ptrdiff_t x = 0; x < stride_w; x++) {
                const ptrdiff_t kx = (x + w->pad_w) % stride_w;
#define PIXELS(KY, KX)                                                                                                 \
    FN(gather_pixels)(w, rows, padded, tap, out, ldx, accumulates, x, kernel_h, kernel_w, stride_h, stride_w, KY, KX, k)
                if (stride_h != 2 || stride_w != 2)
                    PIXELS(ky, kx);
                else if (ky == 0 && kx == 0)
                    PIXELS(0, 0);
                else if (ky == 0)
                    PIXELS(0, 1);
                else if (kx == 0)
                    PIXELS(1, 0);
                else
                    PIXELS(1, 1);
#undef PIXELS
            }
        }
    }
}

/// dweight += Σ x · dy for every tap.
INLINE void FN(weight_block)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, const float *dy,
                             ptrdiff_t ldy, float *dweight, ptrdiff_t begin, ptrdiff_t end, vf *scratch,
                             ptrdiff_t kernel_h, ptrdiff_t kernel_w, ptrdiff_t stride_w, ptrdiff_t k) {
    const ptrdiff_t padded = w->width + 2 * w->pad_w, step = FN(strip)(w);
    for (ptrdiff_t first = begin; first < end; first += step) {
        const ptrdiff_t last = first + step < end ? first + step : end;
        FN(fill_strip)(w, x, ldx, first * w->stride_h, STRIP_ROWS(w, last - first), k, scratch);
        vf sum[MAX_TAPS];
        for (ptrdiff_t t = 0; t < kernel_h * kernel_w; t++)
            sum[t] = FN(splat)(0);
        for (ptrdiff_t oy = first; oy < last; oy++) {
            const vf *row = scratch + (oy - first) * w->stride_h * padded;
            const float *from = dy + oy * w->out_width * ldy;
            const float *ahead = x + ((oy + step) * w->stride_h + kernel_h - 1 - w->pad_h) * w->width * ldx;
            for (ptrdiff_t ox = 0; ox < w->out_width; ox++) {
                FN(fetch_ahead)(ahead + ox * stride_w * ldx, w->width * ldx, ldx, w->stride_h, stride_w);
                const vf d = FN(load_k)(from + ox * ldy, k);
                const vf *src = row + ox * stride_w;
                for (ptrdiff_t ky = 0; ky < kernel_h; ky++)
                    for (ptrdiff_t kx = 0; kx < kernel_w; kx++)
                        sum[ky * kernel_w + kx] += src[ky * padded + kx] * d;
            }
        }
        for (ptrdiff_t t = 0; t < kernel_h * kernel_w; t++)
            FN(store_k)(dweight + t * c, FN(load_k)(dweight + t * c, k) + sum[t], k);
    }
}

/// The kernel sizes that get a loop with a constant number of taps.
#define WITH_KERNEL(w, BODY)                                                                                           \
    if ((w)->kernel_h == 3 && (w)->kernel_w == 3) {                                                                    \
        BODY(3, 3)                                                                                                     \
    } else if ((w)->kernel_h == 5 && (w)->kernel_w == 5) {                                                             \
        BODY(5, 5)                                                                                                     \
    } else if ((w)->kernel_h == 1 && (w)->kernel_w == 5) {                                                             \
        BODY(1, 5)                                                                                                     \
    } else if ((w)->kernel_h == 5 && (w)->kernel_w == 1) {                                                             \
        BODY(5, 1)                                                                                                     \
    } else {                                                                                                           \
        BODY((w)->kernel_h, (w)->kernel_w)                                                                             \
    }

/// Runs CALL for each block of channels from `I` on, `K` of them: full blocks see the constant W, so that their loads
/// and stores need no mask. `KH` and `KW` are the kernel's size.
#define CHANNEL_BLOCKS(A, B)                                                                                           \
    {                                                                                                                  \
        const ptrdiff_t KH = A, KW = B;                                                                                \
        ptrdiff_t I = 0;                                                                                               \
        for (; I + W <= c; I += W) {                                                                                   \
            const ptrdiff_t K = W;                                                                                     \
            CALL                                                                                                       \
        }                                                                                                              \
        if (I < c) {                                                                                                   \
            const ptrdiff_t K = c - I;                                                                                 \
            CALL                                                                                                       \
        }                                                                                                              \
    }

INLINE void FN(load_taps)(const float *weight, ptrdiff_t c, ptrdiff_t count, ptrdiff_t k, int reversed, vf *taps) {
    for (ptrdiff_t t = 0; t < count; t++)
        taps[reversed ? count - 1 - t : t] = FN(load_k)(weight + t * c, k);
}

static void FN(depthwise)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, const float *weight,
                          float *y, ptrdiff_t ldy, ptrdiff_t begin, ptrdiff_t end, float *scratch) {
#define CALL                                                                                                           \
    vf taps[MAX_TAPS];                                                                                                 \
    FN(load_taps)(weight + I, c, KH * KW, K, 0, taps);                                                                 \
    if (w->stride_w == 1)                                                                                              \
        FN(correlate_block)(w, x + I, ldx, taps, y + I, ldy, 0, 1, begin, end, (vf *)scratch, KH, KW, 1, K);           \
    else                                                                                                               \
        FN(correlate_block)(w, x + I, ldx, taps, y + I, ldy, 0, 1, begin, end, (vf *)scratch, KH, KW, w->stride_w, K);
    WITH_KERNEL(w, CHANNEL_BLOCKS)
#undef CALL
}

static void FN(depthwise_backward_input)(const abl_window *w, ptrdiff_t c, const float *dy, ptrdiff_t ldy,
                                         const float *weight, float *dx, ptrdiff_t ldx, int accumulates,
                                         ptrdiff_t begin, ptrdiff_t end, float *scratch) {
    if (w->stride_h == 1 && w->stride_w == 1) {
        // The gradient is a correlation of dy with the taps turned round.
        const abl_window turned = {.height = w->out_height,
                                   .width = w->out_width,
                                   .out_height = w->height,
                                   .out_width = w->width,
                                   .kernel_h = w->kernel_h,
                                   .kernel_w = w->kernel_w,
                                   .stride_h = 1,
                                   .stride_w = 1,
                                   .pad_h = w->kernel_h - 1 - w->pad_h,
                                   .pad_w = w->kernel_w - 1 - w->pad_w};
#define CALL                                                                                                           \
    vf taps[MAX_TAPS];                                                                                                 \
    FN(load_taps)(weight + I, c, KH * KW, K, 1, taps);                                                                 \
    if (accumulates)                                                                                                   \
        FN(correlate_block)(&turned, dy + I, ldy, taps, dx + I, ldx, 1, 0, begin, end, (vf *)scratch, KH, KW, 1, K);   \
    else                                                                                                               \
        FN(correlate_block)(&turned, dy + I, ldy, taps, dx + I, ldx, 0, 0, begin, end, (vf *)scratch, KH, KW, 1, K);
        WITH_KERNEL(w, CHANNEL_BLOCKS)
#undef CALL
        return;
    }
#define CALL                                                                                                           \
    vf taps[MAX_TAPS];                                                                                                 \
    FN(load_taps)(weight + I, c, KH * KW, K, 0, taps);                                                                 \
    if (w->stride_h == 2 && w->stride_w == 2)                                                                          \
        FN(gather_block)(w, dy + I, ldy, taps, dx + I, ldx, accumulates, begin, end, (vf *)scratch, KH, KW, 2, 2, K);  \
    else                                                                                                               \
        FN(gather_block)(w, dy + I, ldy, taps, dx + I, ldx, accumulates, begin, end, (vf *)scratch, KH, KW,            \
                         w->stride_h, w->stride_w, K);
    WITH_KERNEL(w, CHANNEL_BLOCKS)
#undef CALL
}

static void FN(depthwise_backward_weight)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx,
                                          const float *dy, ptrdiff_t ldy, float *dweight, ptrdiff_t begin, ptrdiff_t end,
                                          float *scratch) {
#define CALL                                                                                                           \
    if (w->stride_w == 1)                                                                                              \
        FN(weight_block)(w, c, x + I, ldx, dy + I, ldy, dweight + I, begin, end, (vf *)scratch, KH, KW, 1, K);         \
    else                                                                                                               \
        FN(weight_block)(w, c, x + I, ldx, dy + I, ldy, dweight + I, begin, end, (vf *)scratch, KH, KW, w->stride_w, K);
    WITH_KERNEL(w, CHANNEL_BLOCKS)
#undef CALL
}
