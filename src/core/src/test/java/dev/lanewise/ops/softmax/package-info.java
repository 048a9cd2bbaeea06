/** The public forms of the cross-entropy. */
@NullMarked
package dev.lanewise.ops.softmax;

import org.jspecify.annotations.NullMarked;
