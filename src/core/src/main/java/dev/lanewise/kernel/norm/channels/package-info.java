/** Normalisations of rows of channels, as images have them whose channels lie together. */
@NullMarked
package dev.lanewise.kernel.norm.channels;

import org.jspecify.annotations.NullMarked;
