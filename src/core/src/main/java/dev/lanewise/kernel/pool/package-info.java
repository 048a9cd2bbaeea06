/** The largest and the mean of windows of images whose channels lie together. */
@NullMarked
package dev.lanewise.kernel.pool;

import org.jspecify.annotations.NullMarked;
