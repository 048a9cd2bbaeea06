/**
 * Differentiable ops that change the shape of tensors: other orders of dimensions, parts of them,
 * and copies along them.
 */
@NullMarked
package dev.lanewise.autograd.shapes;

import org.jspecify.annotations.NullMarked;
