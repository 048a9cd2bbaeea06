/** Gated activations: two inputs, one of which opens the way for the other, on segments. */
@NullMarked
package dev.lanewise.kernel.gated.segments;

import org.jspecify.annotations.NullMarked;
