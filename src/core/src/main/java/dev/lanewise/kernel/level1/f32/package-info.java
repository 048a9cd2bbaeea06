/** Vector operations of the BLAS, level 1, in single precision; the twin is derived. */
@NullMarked
package dev.lanewise.kernel.level1.f32;

import org.jspecify.annotations.NullMarked;
