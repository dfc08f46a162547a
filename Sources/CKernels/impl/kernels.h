// All kernels for one instruction set: the including file defines ABL_LEVEL, ABL_SUFFIX and ABL_NAME.
#include "../include/CKernels.h"
#include <math.h>
#include <string.h>
#if ABL_LEVEL > 0
#include <immintrin.h>
#endif

#if ABL_LEVEL == 2
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))),                   \
                             apply_to = function)
#elif ABL_LEVEL == 1
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#endif

#include "simd.h"
#include "pointwise.h"
#include "normalization.h"
#include "windows.h"
#include "depthwise.h"
#include "strips.h"
#include "correlation.h"
#include "winograd.h"
#include "optimizers.h"

#if ABL_LEVEL > 0
#pragma clang attribute pop
#endif

const abl_kernels FN(abl_kernels) = {
    .name = ABL_NAME,
    .copy = FN(copy),
    .accumulate = FN(accumulate),
    .add = FN(add),
    .gate = FN(gate),
    .gate_backward = FN(gate_backward),
    .channel_sums = FN(channel_sums),
    .broadcast = FN(broadcast),
    .moments = FN(moments),
    .affine_activation = FN(affine_activation),
    .affine_activation_backward = FN(affine_activation_backward),
    .normalization_backward = FN(normalization_backward),
    .activation_backward = FN(activation_backward),
    .softmax = FN(softmax),
    .softmax_backward = FN(softmax_backward),
    .unroll = FN(unroll),
    .roll = FN(roll),
    .copy_strip = FN(copy_strip),
    .normalized_strip = FN(normalized_strip),
    .pack = FN(pack),
    .correlate = FN(correlate),
    .correlate_weight = FN(correlate_weight),
    .winograd_input = FN(winograd_input),
    .winograd_gradient = FN(winograd_gradient),
    .winograd_output = FN(winograd_output),
    .winograd_pack = FN(winograd_pack),
    .winograd_weight_gradient = FN(winograd_weight_gradient),
    .depthwise = FN(depthwise),
    .depthwise_backward_input = FN(depthwise_backward_input),
    .depthwise_backward_weight = FN(depthwise_backward_weight),
    .max_pool = FN(max_pool),
    .max_pool_backward = FN(max_pool_backward),
    .average_pool = FN(average_pool),
    .average_pool_backward = FN(average_pool_backward),
    .sum_of_squares = FN(sum_of_squares),
    .sgd = FN(sgd),
    .adam = FN(adam),
    .adamax = FN(adamax),
    .rmsprop = FN(rmsprop),
    .lerp = FN(lerp),
};
