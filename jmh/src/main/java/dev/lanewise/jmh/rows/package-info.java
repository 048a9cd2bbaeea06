/** Kernels over the rows of a matrix: reductions, softmax, normalisation. */
@NullMarked
package dev.lanewise.jmh.rows;

import org.jspecify.annotations.NullMarked;
