/** Operations between a matrix and a row or a column. */
@NullMarked
package dev.lanewise.kernel.broadcast;

import org.jspecify.annotations.NullMarked;
