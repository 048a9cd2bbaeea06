/**
 * Calls with symmetric matrices on their way to the threads, in single precision; the twin is
 * derived. Internal: the arguments have been checked.
 */
@NullMarked
package dev.lanewise.blas.symmetric.f32;

import org.jspecify.annotations.NullMarked;
