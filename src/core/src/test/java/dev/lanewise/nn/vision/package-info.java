/** Tests of the layers and models for images. */
@NullMarked
package dev.lanewise.nn.vision;

import org.jspecify.annotations.NullMarked;
