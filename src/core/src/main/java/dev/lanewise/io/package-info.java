/** Tensor files and checkpoints: safetensors, written crash-safe and read as hostile input. */
@NullMarked
package dev.lanewise.io;

import org.jspecify.annotations.NullMarked;
