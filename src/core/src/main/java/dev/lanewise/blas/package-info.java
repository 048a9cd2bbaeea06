/** The public BLAS-level calls: argument checks, then a kernel. */
@NullMarked
package dev.lanewise.blas;

import org.jspecify.annotations.NullMarked;
