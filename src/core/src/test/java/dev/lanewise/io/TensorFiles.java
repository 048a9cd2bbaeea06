package dev.lanewise.io;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files and tensors made by hand. */
final class TensorFiles {
  private TensorFiles() {}

  /** A tensor of the layout with the floats 0.5, 1.5, 2.5 ... */
  static Safetensors.Entry entry(TensorLayout layout) {
    float[] values = new float[Math.toIntExact(layout.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = i + 0.5f;
    }
    return new Safetensors.Entry(layout, MemorySegment.ofArray(values));
  }

  /** The bytes of a file with this header, as it is, and this many zero bytes of data. */
  static byte[] bytes(byte[] header, int dataBytes) {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putLong(header.length).put(header).array();
  }

  static byte[] bytes(String header, int dataBytes) {
    return bytes(header.getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  /** Header of one tensor "x". */
  static String header(String dtype, String shape, String offsets) {
    return "{\"x\":{\"dtype\":\""
        + dtype
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":"
        + offsets
        + "}}";
  }

  static Safetensors open(Path folder, byte[] content) throws IOException {
    return Safetensors.open(Files.write(folder.resolve("made.safetensors"), content));
  }

  static float[] read(Safetensors file, String name) throws IOException {
    float[] values = new float[Math.toIntExact(file.layout(name).elements())];
    file.read(name, MemorySegment.ofArray(values));
    return values;
  }

  static float[] floats(Safetensors.Entry entry) {
    return entry.data().toArray(JAVA_FLOAT);
  }
}
