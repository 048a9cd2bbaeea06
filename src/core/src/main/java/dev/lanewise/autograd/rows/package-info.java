/**
 * Differentiable ops on the rows, columns and planes of tensors: a shape check, one kernel, one
 * vector-Jacobian product each.
 */
@NullMarked
package dev.lanewise.autograd.rows;

import org.jspecify.annotations.NullMarked;
