/**
 * Calls with triangular matrices on their way to the threads, in single precision; the twin is
 * derived. Internal: the arguments have been checked.
 */
@NullMarked
package dev.lanewise.blas.triangular.f32;

import org.jspecify.annotations.NullMarked;
