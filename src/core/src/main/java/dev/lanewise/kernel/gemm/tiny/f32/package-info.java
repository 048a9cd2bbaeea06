/** Matrix products without packing, in single precision. */
@NullMarked
package dev.lanewise.kernel.gemm.tiny.f32;

import org.jspecify.annotations.NullMarked;
