// Batch norm with its activation: moments, the fused forward pass and the two fused backward passes.

/// Adds the lanes of V vectors to double sums.
INLINE void FN(flush)(const int V, ptrdiff_t k, const vf *value, double *sum) {
    EACH(v, V) {
        const ptrdiff_t count = k - v * W < W ? k - v * W : W;
        for (ptrdiff_t j = 0; j < count; j++)
            sum[v * W + j] += value[v][j];
    }
}

INLINE void FN(moments_group)(const int V, ptrdiff_t k, ptrdiff_t n, const float *z, ptrdiff_t ldz, double *sum,
                              double *sum_of_squares) {
    vf s[V], q[V];
    EACH(v, V) s[v] = q[v] = FN(splat)(0);
    for (ptrdiff_t p = 0; p < n; p++, z += ldz)
        EACH(v, V) {
            const vf x = FN(load_k)(z + v * W, k - v * W);
            s[v] += x;
            q[v] += x * x;
        }
    FN(flush)(V, k, s, sum);
    FN(flush)(V, k, q, sum_of_squares);
}

static void FN(moments)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, double *sum, double *sum_of_squares) {
    for (ptrdiff_t first = 0; first < n; first += PIXEL_BLOCK) {
        const ptrdiff_t count = first + PIXEL_BLOCK < n ? PIXEL_BLOCK : n - first;
#define GROUP(V, K) FN(moments_group)(V, K, count, z + first * ldz + I, ldz, sum + I, sum_of_squares + I)
        CHANNEL_GROUPS(c, GROUP)
#undef GROUP
    }
}

INLINE void FN(affine_activation_group)(const int V, ptrdiff_t k, ptrdiff_t n, const float *z, ptrdiff_t ldz,
                                        const float *scale, const float *shift, abl_activation a, const float *residual,
                                        ptrdiff_t ldr, float *out, ptrdiff_t ldo) {
    vf g[V], b[V];
    EACH(v, V) {
        g[v] = FN(load_k)(scale + v * W, k - v * W);
        b[v] = FN(load_k)(shift + v * W, k - v * W);
    }
    if (residual) {
        for (ptrdiff_t p = 0; p < n; p++, z += ldz, residual += ldr, out += ldo)
            EACH(v, V) {
                const vf y = FN(activate)(FN(load_k)(z + v * W, k - v * W) * g[v] + b[v], a);
                FN(store_k)(out + v * W, y + FN(load_k)(residual + v * W, k - v * W), k - v * W);
            }
    } else {
        for (ptrdiff_t p = 0; p < n; p++, z += ldz, out += ldo)
            EACH(v, V) {
                const vf y = FN(activate)(FN(load_k)(z + v * W, k - v * W) * g[v] + b[v], a);
                FN(store_k)(out + v * W, y, k - v * W);
            }
    }
}

static void FN(affine_activation)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, const float *scale,
                                  const float *shift, abl_activation activation, const float *residual, ptrdiff_t ldr,
                                  float *out, ptrdiff_t ldo) {
    const ptrdiff_t most = STREAMED_PIXELS(c);
#define GROUP(V, K)                                                                                                    \
    FN(affine_activation_group)(V, K, count, z + first * ldz + I, ldz, scale + I, shift + I, A,                        \
                                residual ? residual + first * ldr + I : 0, ldr, out + first * ldo + I, ldo)
#define BODY(ACTIVATION)                                                                                               \
    {                                                                                                                  \
        const abl_activation A = ACTIVATION;                                                                           \
        for (ptrdiff_t first = 0; first < n; first += most) {                                                          \
            const ptrdiff_t count = first + most < n ? most : n - first;                                               \
            CHANNEL_GROUPS(c, GROUP)                                                                                   \
        }                                                                                                              \
    }
    WITH_ACTIVATION(activation, BODY)
#undef BODY
#undef GROUP
}

INLINE void FN(affine_activation_backward_group)(const int V, ptrdiff_t k, ptrdiff_t n, const float *z, ptrdiff_t ldz,
                                                 const float *scale, const float *shift, const float *mean,
                                                 abl_activation a, int stores, float *dout, ptrdiff_t ldd,
                                                 double *sum_du, double *sum_du_z) {
    vf g[V], b[V], m[V], s[V], q[V];
    EACH(v, V) {
        g[v] = FN(load_k)(scale + v * W, k - v * W);
        b[v] = FN(load_k)(shift + v * W, k - v * W);
        m[v] = FN(load_k)(mean + v * W, k - v * W);
        s[v] = q[v] = FN(splat)(0);
    }
    for (ptrdiff_t p = 0; p < n; p++, z += ldz, dout += ldd)
        EACH(v, V) {
            const vf x = FN(load_k)(z + v * W, k - v * W);
            vf du = FN(load_k)(dout + v * W, k - v * W);
            if (a != ABL_IDENTITY) {
                du = du * FN(activate_slope)(x * g[v] + b[v], a);
                if (stores)
                    FN(store_k)(dout + v * W, du, k - v * W);
            }
            s[v] += du;
            q[v] += du * (x - m[v]);
        }
    FN(flush)(V, k, s, sum_du);
    FN(flush)(V, k, q, sum_du_z);
}

/// Vectors of channels whose sums lie in the first-level cache while pixel after pixel is read.
#define SUMMED_VECTORS 32

/// The same for up to SUMMED_VECTORS full vectors of channels.
INLINE void FN(affine_activation_backward_wide)(ptrdiff_t vectors, ptrdiff_t n, const float *z, ptrdiff_t ldz,
                                                const float *scale, const float *shift, const float *mean,
                                                abl_activation a, int stores, float *dout, ptrdiff_t ldd,
                                                double *sum_du, double *sum_du_z) {
    vf s[SUMMED_VECTORS], q[SUMMED_VECTORS];
    for (ptrdiff_t v = 0; v < vectors; v++)
        s[v] = q[v] = FN(splat)(0);
    for (ptrdiff_t p = 0; p < n; p++, z += ldz, dout += ldd)
        for (ptrdiff_t v = 0; v < vectors; v++) {
            const vf x = FN(load)(z + v * W);
            vf du = FN(load)(dout + v * W);
            if (a != ABL_IDENTITY) {
                du = du * FN(activate_slope)(x * FN(load)(scale + v * W) + FN(load)(shift + v * W), a);
                if (stores)
                    FN(store)(dout + v * W, du);
            }
            s[v] += du;
            q[v] += du * (x - FN(load)(mean + v * W));
        }
    for (ptrdiff_t v = 0; v < vectors; v++) {
        FN(flush)(1, W, s + v, sum_du + v * W);
        FN(flush)(1, W, q + v, sum_du_z + v * W);
    }
}

static void FN(affine_activation_backward)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, const float *scale,
                                           const float *shift, const float *mean, abl_activation activation,
                                           int stores, float *dout, ptrdiff_t ldd, double *sum_du, double *sum_du_z) {
#define GROUP(V, K)                                                                                                    \
    FN(affine_activation_backward_group)(V, K, count, z + first * ldz + J + I, ldz, scale + J + I, shift + J + I,      \
                                         mean + J + I, A, stores, dout + first * ldd + J + I, ldd, sum_du + J + I,             \
                                         sum_du_z + J + I)
#define BODY(ACTIVATION)                                                                                               \
    {                                                                                                                  \
        const abl_activation A = ACTIVATION;                                                                           \
        for (ptrdiff_t first = 0; first < n; first += PIXEL_BLOCK) {                                                   \
            const ptrdiff_t count = first + PIXEL_BLOCK < n ? PIXEL_BLOCK : n - first;                                 \
            ptrdiff_t J = 0;                                                                                           \
            while (c - J > 4 * W) {                                                                                    \
                const ptrdiff_t left = (c - J) / W, vectors = left < SUMMED_VECTORS ? left : SUMMED_VECTORS;           \
                FN(affine_activation_backward_wide)(vectors, count, z + first * ldz + J, ldz, scale + J, shift + J,    \
                                                    mean + J, A, stores, dout + first * ldd + J, ldd, sum_du + J,      \
                                                    sum_du_z + J);                                                     \
                J += vectors * W;                                                                                      \
            }                                                                                                          \
            CHANNEL_GROUPS(c - J, GROUP)                                                                               \
        }                                                                                                              \
    }
    WITH_ACTIVATION(activation, BODY)
#undef BODY
#undef GROUP
}

/// to = factor · du + slope · z + offset for n pixels; `to` may be `du`. With ABL_RELU du still lacks its factor, which is
/// 1 where z · scale + shift is above 0, else 0.
INLINE void FN(normalization_backward_group)(const int V, ptrdiff_t k, ptrdiff_t n, const abl_coefficients *s,
                                             ptrdiff_t i, abl_activation a, const float *z, ptrdiff_t ldz,
                                             const float *du, ptrdiff_t ldd, float *to, ptrdiff_t ldt) {
    vf f[V], g[V], o[V], scale[V], shift[V];
    EACH(v, V) {
        f[v] = FN(load_k)(s->factor + i + v * W, k - v * W);
        g[v] = FN(load_k)(s->slope + i + v * W, k - v * W);
        o[v] = FN(load_k)(s->offset + i + v * W, k - v * W);
        if (a != ABL_IDENTITY) {
            scale[v] = FN(load_k)(s->scale + i + v * W, k - v * W);
            shift[v] = FN(load_k)(s->shift + i + v * W, k - v * W);
        }
    }
    for (ptrdiff_t p = 0; p < n; p++, z += ldz, du += ldd, to += ldt)
        EACH(v, V) {
            vf d = FN(load_k)(du + v * W, k - v * W);
            const vf x = FN(load_k)(z + v * W, k - v * W);
            if (a != ABL_IDENTITY)
                d = d * FN(activate_slope)(x * scale[v] + shift[v], a);
            FN(store_k)(to + v * W, d * f[v] + x * g[v] + o[v], k - v * W);
        }
}

INLINE void FN(normalization_backward_pixels)(ptrdiff_t n, ptrdiff_t c, const abl_coefficients *s, const float *z,
                                              ptrdiff_t ldz, const float *du, ptrdiff_t ldd, float *to, ptrdiff_t ldt) {
    const ptrdiff_t most = STREAMED_PIXELS(c);
#define GROUP(V, K)                                                                                                    \
    FN(normalization_backward_group)(V, K, count, s, I, A, z + first * ldz + I, ldz, du + first * ldd + I, ldd,        \
                                     to + first * ldt + I, ldt)
#define BODY(ACTIVATION)                                                                                               \
    {                                                                                                                  \
        const abl_activation A = ACTIVATION;                                                                           \
        for (ptrdiff_t first = 0; first < n; first += most) {                                                          \
            const ptrdiff_t count = first + most < n ? most : n - first;                                               \
            CHANNEL_GROUPS(c, GROUP)                                                                                   \
        }                                                                                                              \
    }
    if (s->activation == ABL_RELU)
        BODY(ABL_RELU)
    else
        BODY(ABL_IDENTITY)
#undef BODY
#undef GROUP
}

static void FN(normalization_backward)(ptrdiff_t n, ptrdiff_t c, const abl_coefficients *s, const float *z,
                                       ptrdiff_t ldz, float *du, ptrdiff_t ldd) {
    FN(normalization_backward_pixels)(n, c, s, z, ldz, du, ldd, du, ldd);
}

INLINE void FN(activation_backward_one)(ptrdiff_t n, ptrdiff_t c, const float *x, ptrdiff_t ldx, abl_activation a,
                                        const float *dy, ptrdiff_t ldy, float *dx, ptrdiff_t ldd, int accumulates) {
    for (ptrdiff_t p = 0; p < n; p++)
        for (ptrdiff_t i = 0; i < c; i += W) {
            const ptrdiff_t k = c - i;
            float *d = dx + p * ldd + i;
            vf v = FN(load_k)(dy + p * ldy + i, k) * FN(activate_slope)(FN(load_k)(x + p * ldx + i, k), a);
            if (accumulates)
                v += FN(load_k)(d, k);
            FN(store_k)(d, v, k);
        }
}

static void FN(activation_backward)(ptrdiff_t n, ptrdiff_t c, const float *x, ptrdiff_t ldx, abl_activation activation,
                                    const float *dy, ptrdiff_t ldy, float *dx, ptrdiff_t ldd, int accumulates) {
#define BODY(A) FN(activation_backward_one)(n, c, x, ldx, A, dy, ldy, dx, ldd, accumulates)
    WITH_ACTIVATION(activation, BODY)
#undef BODY
}
