/** Rows and columns picked, moved or turned in place, and their gradients. */
@NullMarked
package dev.lanewise.kernel.gather;

import org.jspecify.annotations.NullMarked;
