/** Normalisation of rows, forward and backward next to each other, on segments. */
@NullMarked
package dev.lanewise.kernel.norm.segments;

import org.jspecify.annotations.NullMarked;
