/** The innermost loop of the matrix products in single precision, and the sizes that follow. */
@NullMarked
package dev.lanewise.kernel.gemm.micro.f32;

import org.jspecify.annotations.NullMarked;
