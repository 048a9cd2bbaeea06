/** Kernels that do in one pass over memory what others do in several. */
@NullMarked
package dev.lanewise.kernel.fused;

import org.jspecify.annotations.NullMarked;
