/** Products with triangular matrices and their inverses. */
@NullMarked
package dev.lanewise.blas.triangular;

import org.jspecify.annotations.NullMarked;
