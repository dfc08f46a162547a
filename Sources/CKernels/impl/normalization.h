// Batch norm with its activation: moments, the fused forward pass and the two fused backward passes.

static void FN(moments)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, double *sum, double *sum_of_squares) {
    for (ptrdiff_t first = 0; first < n; first += PIXEL_BLOCK) {
        const ptrdiff_t last = first + PIXEL_BLOCK < n ? first + PIXEL_BLOCK : n;
        for (ptrdiff_t i = 0; i < c; i += W) {
            const ptrdiff_t k = c - i < W ? c - i : W;
            vf s = FN(splat)(0), q = FN(splat)(0);
            for (ptrdiff_t p = first; p < last; p++) {
                const vf v = FN(load_k)(z + p * ldz + i, k);
                s += v;
                q += v * v;
            }
            for (ptrdiff_t j = 0; j < k; j++) {
                sum[i + j] += s[j];
                sum_of_squares[i + j] += q[j];
            }
        }
    }
}

INLINE void FN(affine_activation_one)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, const float *scale,
                                      const float *shift, abl_activation a, const float *residual, ptrdiff_t ldr,
                                      float *out, ptrdiff_t ldo) {
    for (ptrdiff_t first = 0; first < n; first += PIXEL_BLOCK) {
        const ptrdiff_t last = first + PIXEL_BLOCK < n ? first + PIXEL_BLOCK : n;
        for (ptrdiff_t i = 0; i < c; i += W) {
            const ptrdiff_t k = c - i;
            const vf g = FN(load_k)(scale + i, k), b = FN(load_k)(shift + i, k);
            if (residual)
                for (ptrdiff_t p = first; p < last; p++)
                    FN(store_k)
            (out + p * ldo + i,
             FN(activate)(FN(load_k)(z + p * ldz + i, k) * g + b, a) + FN(load_k)(residual + p * ldr + i, k), k);
            else for (ptrdiff_t p = first; p < last; p++)
                FN(store_k)(out + p * ldo + i, FN(activate)(FN(load_k)(z + p * ldz + i, k) * g + b, a), k);
        }
    }
}

static void FN(affine_activation)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, const float *scale,
                                  const float *shift, abl_activation activation, const float *residual, ptrdiff_t ldr,
                                  float *out, ptrdiff_t ldo){
#define BODY(A) FN(affine_activation_one)(n, c, z, ldz, scale, shift, A, residual, ldr, out, ldo)
    WITH_ACTIVATION(activation, BODY)
#undef BODY
}

INLINE
    void FN(affine_activation_backward_one)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, const float *scale,
                                            const float *shift, const float *mean, abl_activation a, float *dout,
                                            ptrdiff_t ldd, double *sum_du, double *sum_du_z) {
    for (ptrdiff_t first = 0; first < n; first += PIXEL_BLOCK) {
        const ptrdiff_t last = first + PIXEL_BLOCK < n ? first + PIXEL_BLOCK : n;
        for (ptrdiff_t i = 0; i < c; i += W) {
            const ptrdiff_t k = c - i < W ? c - i : W;
            const vf g = FN(load_k)(scale + i, k), b = FN(load_k)(shift + i, k), m = FN(load_k)(mean + i, k);
            vf s = FN(splat)(0), q = FN(splat)(0);
            for (ptrdiff_t p = first; p < last; p++) {
                const vf v = FN(load_k)(z + p * ldz + i, k);
                float *d = dout + p * ldd + i;
                vf du = FN(load_k)(d, k);
                if (a != ABL_IDENTITY) {
                    du = du * FN(activate_slope)(v * g + b, a);
                    FN(store_k)(d, du, k);
                }
                s += du;
                q += du * (v - m);
            }
            for (ptrdiff_t j = 0; j < k; j++) {
                sum_du[i + j] += s[j];
                sum_du_z[i + j] += q[j];
            }
        }
    }
}

static void FN(affine_activation_backward)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, const float *scale,
                                           const float *shift, const float *mean, abl_activation activation,
                                           float *dout, ptrdiff_t ldd, double *sum_du, double *sum_du_z) {
#define BODY(A) FN(affine_activation_backward_one)(n, c, z, ldz, scale, shift, mean, A, dout, ldd, sum_du, sum_du_z)
    WITH_ACTIVATION(activation, BODY)
#undef BODY
}

static void FN(normalization_backward)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, const float *factor,
                                       const float *slope, const float *offset, float *du, ptrdiff_t ldd) {
    for (ptrdiff_t first = 0; first < n; first += PIXEL_BLOCK) {
        const ptrdiff_t last = first + PIXEL_BLOCK < n ? first + PIXEL_BLOCK : n;
        for (ptrdiff_t i = 0; i < c; i += W) {
            const ptrdiff_t k = c - i;
            const vf f = FN(load_k)(factor + i, k), s = FN(load_k)(slope + i, k), o = FN(load_k)(offset + i, k);
            for (ptrdiff_t p = first; p < last; p++) {
                float *d = du + p * ldd + i;
                FN(store_k)(d, FN(load_k)(d, k) * f + FN(load_k)(z + p * ldz + i, k) * s + o, k);
            }
        }
    }
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
