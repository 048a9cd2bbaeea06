/** Attention, convolution and the gates of a recurrent layer. */
@NullMarked
package dev.lanewise.jmh.layers;

import org.jspecify.annotations.NullMarked;
