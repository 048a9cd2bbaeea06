/** Softmax, its logarithm, the cross-entropy that follows it, and their gradients. */
@NullMarked
package dev.lanewise.kernel.softmax;

import org.jspecify.annotations.NullMarked;
