package dev.lanewise.nn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A named tensor that a layer changes by itself and that no gradient reaches, as the running
 * statistics of a {@code BatchNorm}: no parameter, but part of what a checkpoint has to hold, see
 * {@link ModelTensors}.
 *
 * @param name what checkpoints call it, for instance {@code bn1.running_mean}
 * @param layout its shape
 * @param data its floats, native
 */
public record Buffer(String name, TensorLayout layout, MemorySegment data) {
  /** Checks that it can be saved. */
  public Buffer {
    if (Objects.requireNonNull(name, "name").isBlank()) {
      throw new IllegalArgumentException(
          "the name of a buffer of " + layout + " is blank: give it one to be saved under");
    }
    if (layout.bytes() != data.byteSize()) {
      throw new IllegalArgumentException(
          "buffer \""
              + name
              + "\" of "
              + layout
              + " has "
              + layout.bytes()
              + " bytes, its data "
              + data.byteSize()
              + ": pass the slice that holds it");
    }
  }

  /** A buffer in a slab that starts with the same value everywhere. */
  public static Buffer of(Slab slab, String name, TensorLayout layout, float start) {
    Buffer buffer = new Buffer(name, layout, slab.allocate(layout));
    for (long at = 0; at < layout.bytes(); at += Float.BYTES) {
      buffer.data.set(JAVA_FLOAT_UNALIGNED, at, start);
    }
    return buffer;
  }
}
