/** Convolutions and poolings of images, [samples, height, width, channels], on the tape. */
@NullMarked
package dev.lanewise.autograd.conv;

import org.jspecify.annotations.NullMarked;
