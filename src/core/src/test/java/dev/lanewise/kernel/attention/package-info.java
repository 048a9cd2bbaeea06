/** Attention against its oracle. */
@NullMarked
package dev.lanewise.kernel.attention;

import org.jspecify.annotations.NullMarked;
