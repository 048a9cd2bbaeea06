/** Products that are not worth packing: tiles of one vector width. */
@NullMarked
package dev.lanewise.kernel.gemm.small.f32.full;

import org.jspecify.annotations.NullMarked;
