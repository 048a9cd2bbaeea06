/** Reductions of rows and columns, on segments. */
@NullMarked
package dev.lanewise.kernel.reduce.segments;

import org.jspecify.annotations.NullMarked;
