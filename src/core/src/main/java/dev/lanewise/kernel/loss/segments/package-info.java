/** Losses of elements, forward and backward next to each other, on segments. */
@NullMarked
package dev.lanewise.kernel.loss.segments;

import org.jspecify.annotations.NullMarked;
