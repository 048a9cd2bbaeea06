/**
 * Differentiable ops on each element by itself: a shape check, one kernel, one vector-Jacobian
 * product each. GELU, ReLU, sum and product are in {@link dev.lanewise.autograd.ElementwiseOps}.
 */
@NullMarked
package dev.lanewise.autograd.elementwise;

import org.jspecify.annotations.NullMarked;
