/** Operations between a matrix and a row or a column, on segments. */
@NullMarked
package dev.lanewise.kernel.broadcast.segments;

import org.jspecify.annotations.NullMarked;
