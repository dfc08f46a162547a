// Winograd's F(2×2, 3×3) (arXiv 1509.09308): four outputs of a 3×3 window of stride 1 by 16 products instead of 36.
//
//   y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A     for a 4×4 piece d of the input, piece by piece two pixels on
//
// The 16 products at one position of all pieces are a matrix product. What is transformed lies in 16 planes, one a
// position, each [pieces][channels].

/// Bᵀ v for four values: v0 − v2, v1 + v2, v2 − v1, v1 − v3.
INLINE void FN(winograd_b)(vf v[4]) {
    const vf a = v[0] - v[2], b = v[1] + v[2], c = v[2] - v[1], d = v[1] - v[3];
    v[0] = a, v[1] = b, v[2] = c, v[3] = d;
}

INLINE void FN(winograd_input_vector)(const float *from, ptrdiff_t row, ptrdiff_t pixel, float *to, ptrdiff_t plane,
                                      ptrdiff_t k) {
    vf d[4][4];
    EACH(i, 4) EACH(j, 4) d[i][j] = FN(load_k)(from + i * row + j * pixel, k);
    EACH(i, 4) FN(winograd_b)(d[i]);
    EACH(j, 4) {
        vf column[4];
        EACH(i, 4) column[i] = d[i][j];
        FN(winograd_b)(column);
        EACH(i, 4) FN(store_k)(to + (i * 4 + j) * plane, column[i], k);
    }
}

static void FN(winograd_input)(const abl_pieces *s, ptrdiff_t c, const float *strip, float *planes) {
    const ptrdiff_t row = s->columns * c;
    for (ptrdiff_t y = 0; y < s->down; y++)
        for (ptrdiff_t x = 0; x < s->across; x++, planes += c) {
            const float *from = strip + 2 * y * row + 2 * x * c;
            ptrdiff_t i = 0;
            for (; i + W <= c; i += W)
                FN(winograd_input_vector)(from + i, row, c, planes + i, s->plane * c, W);
            if (i < c)
                FN(winograd_input_vector)(from + i, row, c, planes + i, s->plane * c, c - i);
        }
}

INLINE void FN(winograd_gradient_vector)(const float *from, ptrdiff_t row, ptrdiff_t pixel, float *to, ptrdiff_t plane,
                                         ptrdiff_t k) {
    // A v for two values: v0, v0 + v1, v0 − v1, −v1.
    vf d[4][2];
    EACH(j, 2) {
        const vf a = FN(load_k)(from + j * pixel, k), b = FN(load_k)(from + row + j * pixel, k);
        d[0][j] = a, d[1][j] = a + b, d[2][j] = a - b, d[3][j] = -b;
    }
    EACH(i, 4) {
        float *line = to + 4 * i * plane;
        FN(store_k)(line, d[i][0], k);
        FN(store_k)(line + plane, d[i][0] + d[i][1], k);
        FN(store_k)(line + 2 * plane, d[i][0] - d[i][1], k);
        FN(store_k)(line + 3 * plane, -d[i][1], k);
    }
}

static void FN(winograd_gradient)(const abl_pieces *s, ptrdiff_t c, const float *strip, float *planes) {
    const ptrdiff_t row = s->columns * c;
    for (ptrdiff_t y = 0; y < s->down; y++)
        for (ptrdiff_t x = 0; x < s->across; x++, planes += c) {
            const float *from = strip + (2 * y + 1) * row + (2 * x + 1) * c;
            ptrdiff_t i = 0;
            for (; i + W <= c; i += W)
                FN(winograd_gradient_vector)(from + i, row, c, planes + i, s->plane * c, W);
            if (i < c)
                FN(winograd_gradient_vector)(from + i, row, c, planes + i, s->plane * c, c - i);
        }
}

/// Stores the `rows` × `columns` of a piece's 2 × 2 outputs that the map has.
INLINE void FN(winograd_output_vector)(const float *from, ptrdiff_t plane, float *to, ptrdiff_t row, ptrdiff_t pixel,
                                       ptrdiff_t rows, ptrdiff_t columns, int accumulates, ptrdiff_t k) {
    // Aᵀ v for four values: v0 + v1 + v2, v1 − v2 − v3.
    vf m[2][4];
    EACH(j, 4) {
        const vf a = FN(load_k)(from + j * plane, k), b = FN(load_k)(from + (4 + j) * plane, k);
        const vf c = FN(load_k)(from + (8 + j) * plane, k), d = FN(load_k)(from + (12 + j) * plane, k);
        m[0][j] = a + b + c, m[1][j] = b - c - d;
    }
    EACH(i, 2) {
        if (i >= rows)
            break;
        vf v[2] = {m[i][0] + m[i][1] + m[i][2], m[i][1] - m[i][2] - m[i][3]};
        EACH(j, 2) {
            if (j >= columns)
                break;
            float *at = to + i * row + j * pixel;
            FN(store_k)(at, accumulates ? v[j] + FN(load_k)(at, k) : v[j], k);
        }
    }
}

static void FN(winograd_output)(const abl_pieces *s, ptrdiff_t c, const float *planes, float *y, ptrdiff_t row,
                                ptrdiff_t pixel, int accumulates) {
    for (ptrdiff_t py = 0; py < s->down; py++)
        for (ptrdiff_t px = 0; px < s->across; px++, planes += c) {
            float *to = y + 2 * py * row + 2 * px * pixel;
            const ptrdiff_t rows = s->rows - 2 * py, columns = s->width - 2 * px;
            ptrdiff_t i = 0;
            for (; i + W <= c; i += W)
                FN(winograd_output_vector)(planes + i, s->plane * c, to + i, row, pixel, rows, columns, accumulates, W);
            if (i < c)
                FN(winograd_output_vector)(planes + i, s->plane * c, to + i, row, pixel, rows, columns, accumulates,
                                           c - i);
        }
}

/// G v for three values, without its factor ½ in the middle: v0, (v0 + v2) + v1, (v0 + v2) − v1, v2.
INLINE void FN(winograd_g)(vf a, vf b, vf c, vf out[4]) {
    const vf ends = a + c;
    out[0] = a, out[1] = (ends + b) * 0.5f, out[2] = (ends - b) * 0.5f, out[3] = c;
}

static void FN(winograd_pack)(ptrdiff_t inputs, ptrdiff_t outputs, const float *w, ptrdiff_t tap_stride,
                              ptrdiff_t input_stride, ptrdiff_t output_stride, ptrdiff_t first, ptrdiff_t total,
                              int reversed, float *packed) {
    const ptrdiff_t count = (outputs + W - 1) / W, plane = abl_packed_floats(total, outputs);
    for (ptrdiff_t v = 0; v < count;) {
        const ptrdiff_t vectors = FN(block_vectors)(v, outputs);
        for (ptrdiff_t u = 0; u < vectors; u++) {
            const ptrdiff_t o = (v + u) * W, k = outputs - o < W ? outputs - o : W;
            const float *src = w + o * output_stride;
            float *dst = packed + v * W * total + first * vectors * W + u * W;
            for (ptrdiff_t i = 0; i < inputs; i++, src += input_stride, dst += vectors * W) {
                vf g[3][3], half[4][3];
                EACH(t, 9) {
                    const float *from = src + (reversed ? 8 - t : t) * tap_stride;
                    vf x = {0};
                    if (output_stride == 1)
                        x = FN(load_k)(from, k);
                    else
                        for (ptrdiff_t j = 0; j < k; j++)
                            x[j] = from[j * output_stride];
                    g[t / 3][t % 3] = x;
                }
                EACH(j, 3) {
                    vf column[4];
                    FN(winograd_g)(g[0][j], g[1][j], g[2][j], column);
                    EACH(r, 4) half[r][j] = column[r];
                }
                EACH(r, 4) {
                    vf line[4];
                    FN(winograd_g)(half[r][0], half[r][1], half[r][2], line);
                    EACH(j, 4) FN(store)(dst + (r * 4 + j) * plane, line[j]);
                }
            }
        }
        v += vectors;
    }
}

INLINE void FN(winograd_weight_gradient_vector)(const float *planes, ptrdiff_t n, float *dw, ptrdiff_t k) {
    // Gᵀ v for four values: v0 + (v1 + v2)/2, (v1 − v2)/2, (v1 + v2)/2 + v3.
    vf half[3][4];
    EACH(j, 4) {
        const vf a = FN(load_k)(planes + j * n, k), b = FN(load_k)(planes + (4 + j) * n, k);
        const vf c = FN(load_k)(planes + (8 + j) * n, k), d = FN(load_k)(planes + (12 + j) * n, k);
        const vf sum = (b + c) * 0.5f;
        half[0][j] = a + sum, half[1][j] = (b - c) * 0.5f, half[2][j] = sum + d;
    }
    EACH(i, 3) {
        const vf sum = (half[i][1] + half[i][2]) * 0.5f;
        const vf line[3] = {half[i][0] + sum, (half[i][1] - half[i][2]) * 0.5f, sum + half[i][3]};
        EACH(j, 3) {
            float *to = dw + (i * 3 + j) * n;
            FN(store_k)(to, FN(load_k)(to, k) + line[j], k);
        }
    }
}

static void FN(winograd_weight_gradient)(ptrdiff_t n, const float *planes, float *dw) {
    ptrdiff_t i = 0;
    for (; i + W <= n; i += W)
        FN(winograd_weight_gradient_vector)(planes + i, n, dw + i, W);
    if (i < n)
        FN(winograd_weight_gradient_vector)(planes + i, n, dw + i, n - i);
}
