/** Products that are not worth packing. */
@NullMarked
package dev.lanewise.kernel.gemm.small.f32;

import org.jspecify.annotations.NullMarked;
