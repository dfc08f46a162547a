// Hot loops of the engine in C, compiled once for each instruction set and chosen at run time.
//
// Feature maps are NHWC. A map is given by a pointer to its first scalar and `ld`, the floats between two pixels, so
// that a map may be a slice of channels of a larger one. `n` counts pixels, `c` channels. Every function is
// deterministic: equal arguments give equal bits on one instruction set.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    ABL_IDENTITY = 0,
    ABL_RELU = 1,
    ABL_SILU = 2,
    ABL_SIGMOID = 3,
    ABL_HARD_SIGMOID = 4,
} abl_activation;

/// Floats that a strip of rows may fill: 64 KiB stay in the caches.
#define ABL_DEPTHWISE_SCRATCH 16384

/// A square or rectangular sliding window over one image.
typedef struct {
    ptrdiff_t height, width;         // input size
    ptrdiff_t out_height, out_width; // output size
    ptrdiff_t kernel_h, kernel_w;
    ptrdiff_t stride_h, stride_w;
    ptrdiff_t pad_h, pad_w;
} abl_window;

/// A dense convolution over a map with its padding, as sums over contiguous runs:
/// y[row][pixel][o] = Σ over taps t and inputs i of x[row·x_row + pixel·x_pixel + t·x_tap + i] · w[t][i][o].
/// A row of a kernel is one run: `inputs` is the kernel's width times the channels, `taps` its height.
typedef struct {
    ptrdiff_t rows, pixels;          // of y
    ptrdiff_t taps, inputs, outputs; // of w
    ptrdiff_t x_row, x_pixel, x_tap; // floats from one to the next
    ptrdiff_t y_row, y_pixel;
} abl_correlation;

/// The gradient by a batch norm's argument, dz = factor · du + slope · z + offset. With ABL_RELU the gradient that comes
/// is that behind the activation: du is it where z · scale + shift > 0, else 0. With ABL_IDENTITY it is du.
typedef struct {
    const float *factor, *slope, *offset;
    const float *scale, *shift;
    abl_activation activation;
} abl_coefficients;

/// A map and the coarser one, or one of its size, whose nearest pixels gate it: source = ⌊position · gate / size⌋.
typedef struct {
    ptrdiff_t height, width;
    ptrdiff_t gate_height, gate_width;
} abl_gate;

/// Some rows and columns of a map, which may begin before it and end behind it; outside is 0.
typedef struct {
    ptrdiff_t height, width;  // of the map
    ptrdiff_t row, rows;      // the strip's first row, and how many
    ptrdiff_t column, columns;
} abl_strip;

/// Pieces of 4×4 pixels of a strip, two pixels apart, whose middles are the 2×2 pixels that they stand for.
typedef struct {
    ptrdiff_t down, across; // pieces
    ptrdiff_t columns;      // of the strip: at least 2 · across + 2
    ptrdiff_t plane;        // pieces that a plane has room for
    ptrdiff_t rows, width;  // pixels of the map that the pieces stand for: at most 2 · down and 2 · across
} abl_pieces;

/// One step of Adam, AdamW, NAdam or RAdam:
///   g' = g·gradient_scale + decay·p;  m = beta1·m + gain1·g';  v = beta2·v + gain2·g'²
///   p = shrink·p − (gradient_step·g' + moment_step·m) / (√v·root + epsilon), without the division where it `is_plain`
/// The gains are 1 − beta, which single precision would not tell to its last digits.
typedef struct {
    float gradient_scale, decay, shrink, beta1, gain1, beta2, gain2, gradient_step, moment_step, root, epsilon;
    int is_plain;
} abl_adam_step;

typedef struct {
    /// Name of the instruction set: "baseline", "avx2" or "avx512".
    const char *name;

    // Rows of copies.
    /// dst = src
    void (*copy)(ptrdiff_t n, ptrdiff_t c, const float *src, ptrdiff_t lds, float *dst, ptrdiff_t ldd);
    /// dst += src
    void (*accumulate)(ptrdiff_t n, ptrdiff_t c, const float *src, ptrdiff_t lds, float *dst, ptrdiff_t ldd);
    /// out = a + b
    void (*add)(ptrdiff_t n, ptrdiff_t c, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb, float *out,
                ptrdiff_t ldo);
    /// out = a · b, every pixel of `a` with its nearest of the gates `b`
    void (*gate)(const abl_gate *s, ptrdiff_t c, const float *a, ptrdiff_t lda, const float *b, ptrdiff_t ldb, float *out,
                 ptrdiff_t ldo);
    /// da (+)= dy · b, db (+)= Σ dy · a over a gate's pixels; da or db may be null
    void (*gate_backward)(const abl_gate *s, ptrdiff_t c, const float *dy, ptrdiff_t ldd, const float *a, ptrdiff_t lda,
                          const float *b, ptrdiff_t ldb, float *da, ptrdiff_t ldg, int adds, float *db, ptrdiff_t ldh,
                          int adds_gate);
    /// sum[c] += Σ over pixels of a
    void (*channel_sums)(ptrdiff_t n, ptrdiff_t c, const float *a, ptrdiff_t lda, double *sum);
    /// dst (+)= value[c] for every pixel
    void (*broadcast)(ptrdiff_t n, ptrdiff_t c, const float *value, float *dst, ptrdiff_t ldd, int accumulates);

    // Activations and batch norm.
    /// sums[c] += Σ z, sums[c_total + c] += Σ z²
    void (*moments)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, double *sum, double *sum_of_squares);
    /// out = activation(z · scale[c] + shift[c]) (+ residual); residual may be null, out may be z
    void (*affine_activation)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, const float *scale,
                              const float *shift, abl_activation activation, const float *residual, ptrdiff_t ldr,
                              float *out, ptrdiff_t ldo);
    /// du = dout · activation′(u), u = z·scale + shift; sum_du[c] += Σ du, sum_du_z[c] += Σ du·(z − mean[c]).
    /// With `stores` du takes dout's place
    void (*affine_activation_backward)(ptrdiff_t n, ptrdiff_t c, const float *z, ptrdiff_t ldz, const float *scale,
                                       const float *shift, const float *mean, abl_activation activation, int stores,
                                       float *dout, ptrdiff_t ldd, double *sum_du, double *sum_du_z);
    /// In place: dz = factor[c] · du + slope[c] · z + offset[c]
    void (*normalization_backward)(ptrdiff_t n, ptrdiff_t c, const abl_coefficients *s, const float *z, ptrdiff_t ldz,
                                   float *du, ptrdiff_t ldd);
    /// dx (+)= dy · activation′(x)
    void (*activation_backward)(ptrdiff_t n, ptrdiff_t c, const float *x, ptrdiff_t ldx, abl_activation activation,
                                const float *dy, ptrdiff_t ldy, float *dx, ptrdiff_t ldd, int accumulates);
    /// Rows of softmax(x)
    void (*softmax)(ptrdiff_t n, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy);
    /// dx (+)= y · (dy − Σ y·dy), row by row
    void (*softmax_backward)(ptrdiff_t n, ptrdiff_t c, const float *y, ptrdiff_t ldy, const float *dy, ptrdiff_t lddy,
                             float *dx, ptrdiff_t ldx, int accumulates);

    // Sliding windows over one image; output rows first ..< last.
    /// col[pixel][kh][kw][c]: the windows of the output rows, side by side; outside of the image 0
    void (*unroll)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, ptrdiff_t first, ptrdiff_t last,
                   float *col);
    /// dx += the windows put back
    void (*roll)(const abl_window *w, ptrdiff_t c, const float *col, ptrdiff_t first, ptrdiff_t last, float *dx,
                 ptrdiff_t ldx);
    /// strip = those rows and columns of x, `c` floats a pixel
    void (*copy_strip)(const abl_strip *s, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *strip);
    /// strip = factor[c] · du + slope[c] · z + offset[c] inside of the map
    void (*normalized_strip)(const abl_strip *s, ptrdiff_t c, const abl_coefficients *coefficients, const float *du,
                             ptrdiff_t ldd, const float *z, ptrdiff_t ldz, float *strip);
    /// Packs a [inputs][outputs] matrix with the given strides for `correlate`, as rows first ..< first + inputs of
    /// `total` (= taps · inputs of the correlation); `packed` has `abl_packed_floats` floats
    void (*pack)(ptrdiff_t inputs, ptrdiff_t outputs, const float *w, ptrdiff_t input_stride, ptrdiff_t output_stride,
                 ptrdiff_t first, ptrdiff_t total, float *packed);
    /// y (+)= correlation of x with packed weights
    void (*correlate)(const abl_correlation *d, const float *x, const float *packed, float *y, int accumulates);
    /// dw[t·inputs + i][o] += Σ over rows and pixels of x · dy; `ldw` floats between two rows of dw
    void (*correlate_weight)(const abl_correlation *d, const float *x, const float *dy, float *dw, ptrdiff_t ldw);

    // Winograd's F(2×2, 3×3): transforms around 16 matrix products, plane by plane; planes are [plane][c].
    /// planes = Bᵀ d B of each piece
    void (*winograd_input)(const abl_pieces *s, ptrdiff_t c, const float *strip, float *planes);
    /// planes = A dy Aᵀ of the middle of each piece
    void (*winograd_gradient)(const abl_pieces *s, ptrdiff_t c, const float *strip, float *planes);
    /// y (+)= Aᵀ m A for each piece; `row` and `pixel` are floats from one row or pixel of y to the next
    void (*winograd_output)(const abl_pieces *s, ptrdiff_t c, const float *planes, float *y, ptrdiff_t row,
                            ptrdiff_t pixel, int accumulates);
    /// Packs G g Gᵀ for `correlate`, plane by plane of `abl_packed_floats(total, outputs)`, as rows
    /// first ..< first + inputs of `total`; `reversed` turns the nine taps round
    void (*winograd_pack)(ptrdiff_t inputs, ptrdiff_t outputs, const float *w, ptrdiff_t tap_stride,
                          ptrdiff_t input_stride, ptrdiff_t output_stride, ptrdiff_t first, ptrdiff_t total,
                          int reversed, float *packed);
    /// dw[tap][n] += Gᵀ (planes) G for n weights of each of the nine taps
    void (*winograd_weight_gradient)(ptrdiff_t n, const float *planes, float *dw);

    /// Depthwise convolution, output rows begin ..< end: y = Σ x · weight[kh][kw][c]; `scratch` has
    /// `abl_depthwise_scratch` floats, aligned to 64
    void (*depthwise)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, const float *weight, float *y,
                      ptrdiff_t ldy, ptrdiff_t begin, ptrdiff_t end, float *scratch);
    /// dx (+)= gradient of the depthwise convolution by its input, for rows begin ..< end of dx
    void (*depthwise_backward_input)(const abl_window *w, ptrdiff_t c, const float *dy, ptrdiff_t ldy,
                                     const float *weight, float *dx, ptrdiff_t ldx, int accumulates, ptrdiff_t begin,
                                     ptrdiff_t end, float *scratch);
    /// dweight[kh][kw][c] += gradient by the weight, from rows begin ..< end of dy
    void (*depthwise_backward_weight)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, const float *dy,
                                      ptrdiff_t ldy, float *dweight, ptrdiff_t begin, ptrdiff_t end, float *scratch);
    void (*max_pool)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy,
                     uint8_t *winner);
    /// dx += dy at each window's winner
    void (*max_pool_backward)(const abl_window *w, ptrdiff_t c, const float *dy, ptrdiff_t ldy, const uint8_t *winner,
                              float *dx, ptrdiff_t ldx);
    void (*average_pool)(const abl_window *w, ptrdiff_t c, const float *x, ptrdiff_t ldx, float *y, ptrdiff_t ldy);
    /// dx += dy / window size
    void (*average_pool_backward)(const abl_window *w, ptrdiff_t c, const float *dy, ptrdiff_t ldy, float *dx,
                                  ptrdiff_t ldx);

    // Flat vectors.
    double (*sum_of_squares)(ptrdiff_t n, const float *x);
    /// g' = g·g_scale + decay·p; u = momentum·u + g'; p −= lr·(g' + momentum·u)  (Nesterov) or lr·u
    void (*sgd)(ptrdiff_t n, float *p, const float *g, float *u, float g_scale, float lr, float momentum, float decay,
                int nesterov);
    /// The rules with two moments; see `abl_adam_step`
    void (*adam)(ptrdiff_t n, float *p, const float *g, float *m, float *v, const abl_adam_step *step);
    /// g' = g·g_scale + decay·p; m = beta1·m + gain1·g'; u = max(beta2·u, |g'| + epsilon); p −= lr·m / u
    void (*adamax)(ptrdiff_t n, float *p, const float *g, float *m, float *u, float g_scale, float lr, float beta1,
                   float gain1, float beta2, float epsilon, float decay);
    /// g' = g·g_scale + decay·p; v = alpha·v + gain·g'²; u = momentum·u + g' / (√v + epsilon); p −= lr·u
    void (*rmsprop)(ptrdiff_t n, float *p, const float *g, float *u, float *v, float g_scale, float lr, float momentum,
                    float alpha, float gain, float epsilon, float decay);
    /// a = d·a + (1 − d)·b
    void (*lerp)(ptrdiff_t n, float *a, const float *b, float d);
} abl_kernels;

/// The kernels of an instruction set: 0 baseline, 1 AVX2 + FMA, 2 AVX-512. Null when this processor lacks it.
const abl_kernels *abl_kernels_for_level(int level);
/// The widest instruction set of this processor.
int abl_best_level(void);
/// Floats of scratch that the depthwise kernels need for a window.
ptrdiff_t abl_depthwise_scratch(const abl_window *w);
/// Floats of packed weights, for the widest vector.
ptrdiff_t abl_packed_floats(ptrdiff_t inner, ptrdiff_t outputs);
/// Zeroed memory for feature maps and parameters, on huge pages where the system has them: with small ones every row of
/// a large map costs a walk through the page tables. Ends the program where there is no memory.
void *abl_allocate_pages(size_t bytes);
void abl_free_pages(void *memory, size_t bytes);
/// One spin of a busy wait.
void abl_pause(void);

/// The compiler that made these functions, and whether it optimised and kept errno of mathematical functions.
const char *abl_compiler(void);

#ifdef __cplusplus
}
#endif
