/**
 * Sums of squares, and in {@code segments} the reductions of rows and columns: no width and no
 * split changes a bit.
 */
@NullMarked
package dev.lanewise.kernel.reduce;

import org.jspecify.annotations.NullMarked;
