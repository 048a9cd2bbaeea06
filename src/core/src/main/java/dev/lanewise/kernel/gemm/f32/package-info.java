/** Matrix product: packing, micro-kernels and the loops around them. */
@NullMarked
package dev.lanewise.kernel.gemm.f32;

import org.jspecify.annotations.NullMarked;
