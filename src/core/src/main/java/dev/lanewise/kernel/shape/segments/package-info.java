/** Elements in another order, on segments. */
@NullMarked
package dev.lanewise.kernel.shape.segments;

import org.jspecify.annotations.NullMarked;
