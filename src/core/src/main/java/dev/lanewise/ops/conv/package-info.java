/** Convolutions of images, forward and backward, as products whose patches are never stored. */
@NullMarked
package dev.lanewise.ops.conv;

import org.jspecify.annotations.NullMarked;
