/** Transformers: attention, feed-forward layers, blocks of both, and a GPT. */
@NullMarked
package dev.lanewise.nn.transformer;

import org.jspecify.annotations.NullMarked;
