/** The casts whose form on arrays is not that on segments. */
@NullMarked
package dev.lanewise.kernel.cast.arrays;

import org.jspecify.annotations.NullMarked;
