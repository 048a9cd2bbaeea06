/** Element-wise operations, forward and backward next to each other. */
@NullMarked
package dev.lanewise.kernel.elementwise;

import org.jspecify.annotations.NullMarked;
