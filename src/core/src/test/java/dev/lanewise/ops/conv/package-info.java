/** Convolution and pooling against their definitions. */
@NullMarked
package dev.lanewise.ops.conv;

import org.jspecify.annotations.NullMarked;
