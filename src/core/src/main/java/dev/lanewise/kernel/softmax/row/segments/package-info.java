/** The passes over one row that softmax, its relatives and attention share, on segments. */
@NullMarked
package dev.lanewise.kernel.softmax.row.segments;

import org.jspecify.annotations.NullMarked;
