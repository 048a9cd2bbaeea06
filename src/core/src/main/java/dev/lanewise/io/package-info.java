/**
 * Tensor files and checkpoints: safetensors and NumPy's formats, written crash-safe and read as
 * hostile input.
 */
@NullMarked
package dev.lanewise.io;

import org.jspecify.annotations.NullMarked;
