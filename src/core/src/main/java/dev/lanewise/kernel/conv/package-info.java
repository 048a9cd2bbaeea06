/**
 * Convolutions of images whose channels lie together, without a matrix of patches: the images are
 * copied once, with the zeros around them, and the register tiles read the copy at each element of
 * the kernel.
 */
@NullMarked
package dev.lanewise.kernel.conv;

import org.jspecify.annotations.NullMarked;
