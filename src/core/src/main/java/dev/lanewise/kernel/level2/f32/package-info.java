/**
 * Row kernels of the matrix-vector operations, level 2, in single precision; the twin is derived.
 */
@NullMarked
package dev.lanewise.kernel.level2.f32;

import org.jspecify.annotations.NullMarked;
