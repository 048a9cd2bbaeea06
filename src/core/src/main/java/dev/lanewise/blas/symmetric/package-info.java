/** Products with symmetric matrices, and their updates of rank 1. */
@NullMarked
package dev.lanewise.blas.symmetric;

import org.jspecify.annotations.NullMarked;
