/** Tests of the fused kernels. */
@NullMarked
package dev.lanewise.kernel.fused;

import org.jspecify.annotations.NullMarked;
