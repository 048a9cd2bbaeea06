/**
 * Layers and models for images [samples, height, width, channels] and series [samples, length,
 * channels].
 */
@NullMarked
package dev.lanewise.nn.vision;

import org.jspecify.annotations.NullMarked;
