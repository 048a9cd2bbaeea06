/** Tensor files: safetensors, written crash-safe and read as hostile input. */
@NullMarked
package dev.lanewise.io;

import org.jspecify.annotations.NullMarked;
