/** Operations on one operand and fills, forward and backward next to each other, on segments. */
@NullMarked
package dev.lanewise.kernel.unary.segments;

import org.jspecify.annotations.NullMarked;
