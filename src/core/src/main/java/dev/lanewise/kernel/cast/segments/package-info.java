/** Conversions to and from the 16-bit formats, on segments. */
@NullMarked
package dev.lanewise.kernel.cast.segments;

import org.jspecify.annotations.NullMarked;
