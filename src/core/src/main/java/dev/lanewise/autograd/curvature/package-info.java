/**
 * The curvature of a function at a point, without its Hessian: products with vectors, extreme
 * eigenvalues, the diagonal, linear systems.
 */
@NullMarked
package dev.lanewise.autograd.curvature;

import org.jspecify.annotations.NullMarked;
