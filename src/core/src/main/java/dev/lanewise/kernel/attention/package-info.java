/** Scaled dot-product attention, forward and backward, tile by tile. */
@NullMarked
package dev.lanewise.kernel.attention;

import org.jspecify.annotations.NullMarked;
