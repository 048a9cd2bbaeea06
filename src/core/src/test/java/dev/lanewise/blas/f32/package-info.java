/** Tests of the vector and matrix-vector calls in single precision; the twin is derived. */
@NullMarked
package dev.lanewise.blas.f32;

import org.jspecify.annotations.NullMarked;
