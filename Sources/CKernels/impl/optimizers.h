// Updates of flat vectors.

static double FN(sum_of_squares)(ptrdiff_t n, const float *x) {
    double total = 0;
    for (ptrdiff_t first = 0; first < n; first += 1024) {
        const ptrdiff_t last = first + 1024 < n ? first + 1024 : n;
        vf s = FN(splat)(0);
        for (ptrdiff_t i = first; i < last; i += W) {
            const vf v = FN(load_k)(x + i, last - i);
            s += v * v;
        }
        total += FN(sum_lanes)(s);
    }
    return total;
}

static void FN(sgd)(ptrdiff_t n, float *p, const float *g, float *u, float g_scale, float lr, float momentum,
                    float decay, int nesterov) {
    for (ptrdiff_t i = 0; i < n; i += W) {
        const ptrdiff_t k = n - i;
        const vf w = FN(load_k)(p + i, k);
        const vf d = FN(load_k)(g + i, k) * g_scale + w * decay;
        const vf v = FN(load_k)(u + i, k) * momentum + d;
        FN(store_k)(u + i, v, k);
        FN(store_k)(p + i, w - lr * (nesterov ? d + v * momentum : v), k);
    }
}

static void FN(adam)(ptrdiff_t n, float *p, const float *g, float *m, float *v, float g_scale, float lr, float beta1,
                     float beta2, float epsilon, float decay, int is_decoupled, float correction1, float correction2) {
    const float step = lr / correction1;
    const float root = 1.0f / sqrtf(correction2);
    for (ptrdiff_t i = 0; i < n; i++) {
        const float d = g[i] * g_scale + (is_decoupled ? 0.0f : decay * p[i]);
        const float w = is_decoupled ? p[i] * (1.0f - lr * decay) : p[i];
        m[i] = m[i] * beta1 + d * (1.0f - beta1);
        v[i] = v[i] * beta2 + d * d * (1.0f - beta2);
        p[i] = w - step * m[i] / (sqrtf(v[i]) * root + epsilon);
    }
}

static void FN(lerp)(ptrdiff_t n, float *a, const float *b, float d) {
    for (ptrdiff_t i = 0; i < n; i += W)
        FN(store_k)(a + i, FN(load_k)(a + i, n - i) * d + FN(load_k)(b + i, n - i) * (1.0f - d), n - i);
}
