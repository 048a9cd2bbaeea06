/** Vector by vector and matrix by vector, through the public API with all its checks. */
@NullMarked
package dev.lanewise.jmh.blas;

import org.jspecify.annotations.NullMarked;
