/** Rows picked from a table by index, and their gradient. */
@NullMarked
package dev.lanewise.kernel.gather;

import org.jspecify.annotations.NullMarked;
