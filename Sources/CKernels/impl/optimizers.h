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

static void FN(adam)(ptrdiff_t n, float *p, const float *g, float *m, float *v, const abl_adam_step *step) {
    const abl_adam_step s = *step;
    for (ptrdiff_t i = 0; i < n; i++) {
        const float d = g[i] * s.gradient_scale + s.decay * p[i];
        m[i] = m[i] * s.beta1 + d * s.gain1;
        v[i] = v[i] * s.beta2 + d * d * s.gain2;
        const float way = s.gradient_step * d + s.moment_step * m[i];
        p[i] = p[i] * s.shrink - (s.is_plain ? way : way / (sqrtf(v[i]) * s.root + s.epsilon));
    }
}

static void FN(adamax)(ptrdiff_t n, float *p, const float *g, float *m, float *u, float g_scale, float lr, float beta1,
                       float gain1, float beta2, float epsilon, float decay) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const float d = g[i] * g_scale + decay * p[i];
        m[i] = m[i] * beta1 + d * gain1;
        const float before = u[i] * beta2, now = fabsf(d) + epsilon;
        u[i] = before > now ? before : now;
        p[i] -= lr * m[i] / u[i];
    }
}

static void FN(rmsprop)(ptrdiff_t n, float *p, const float *g, float *u, float *v, float g_scale, float lr,
                        float momentum, float alpha, float gain, float epsilon, float decay) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const float d = g[i] * g_scale + decay * p[i];
        v[i] = v[i] * alpha + d * d * gain;
        u[i] = u[i] * momentum + d / (sqrtf(v[i]) + epsilon);
        p[i] -= lr * u[i];
    }
}

static void FN(lerp)(ptrdiff_t n, float *a, const float *b, float d) {
    for (ptrdiff_t i = 0; i < n; i += W)
        FN(store_k)(a + i, FN(load_k)(a + i, n - i) * d + FN(load_k)(b + i, n - i) * (1.0f - d), n - i);
}
