/** Softmax, its logarithm, the cross-entropy that follows it, and their gradients, on segments. */
@NullMarked
package dev.lanewise.kernel.softmax.segments;

import org.jspecify.annotations.NullMarked;
