/** Activations, forward and backward next to each other, on segments. */
@NullMarked
package dev.lanewise.kernel.activation.segments;

import org.jspecify.annotations.NullMarked;
