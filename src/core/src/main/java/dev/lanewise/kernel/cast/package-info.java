/** What the casts on segments share. */
@NullMarked
package dev.lanewise.kernel.cast;

import org.jspecify.annotations.NullMarked;
