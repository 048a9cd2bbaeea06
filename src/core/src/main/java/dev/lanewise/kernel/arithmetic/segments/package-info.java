/** Operations on two and more operands, forward and backward next to each other, on segments. */
@NullMarked
package dev.lanewise.kernel.arithmetic.segments;

import org.jspecify.annotations.NullMarked;
