package dev.lanewise.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What PyTorch computes, in double precision, from inputs that are floats; written by {@code mvn
 * -Pvectors,peers}, those of whole layers by {@code jmh/src/peers/python/vectors.py}, those of
 * optimizers without a front end in C++ by {@code optimizers.py} beside it. Remembers which tensors
 * were asked for, so that none is forgotten.
 */
public final class PyTorchVectors {
  private static final double RELATIVE = 1.3e-6;
  private static final double ABSOLUTE = 1e-5;

  private final Map<String, float[]> tensors = new HashMap<>();
  private final Map<String, TensorLayout> layouts = new HashMap<>();
  private final Set<String> unread = new TreeSet<>();

  private PyTorchVectors() {}

  /** The tensors of one family. */
  public static PyTorchVectors of(String family) {
    PyTorchVectors vectors = new PyTorchVectors();
    try {
      Path file =
          Path.of(
              Objects.requireNonNull(
                      PyTorchVectors.class.getResource(
                          "/dev/lanewise/vectors/" + family + ".safetensors"))
                  .toURI());
      try (Safetensors open = Safetensors.open(file)) {
        for (String name : open.names()) {
          float[] values = new float[Math.toIntExact(open.layout(name).elements())];
          open.read(name, MemorySegment.ofArray(values));
          vectors.tensors.put(name, values);
          vectors.layouts.put(name, open.layout(name));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    vectors.unread.addAll(vectors.tensors.keySet());
    return vectors;
  }

  /** A tensor, row by row. */
  public float[] get(String name) {
    float[] values = tensors.get(name);
    if (values == null) {
      return fail("there is no tensor " + name);
    }
    unread.remove(name);
    return values.clone();
  }

  /** The shape of a tensor. */
  public TensorLayout layout(String name) {
    TensorLayout layout = layouts.get(name);
    return layout == null ? fail("there is no tensor " + name) : layout;
  }

  /** A tensor of whole numbers. */
  public int[] indices(String name) {
    float[] values = get(name);
    int[] indices = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      indices[i] = (int) values[i];
    }
    return indices;
  }

  /** Checks a result against the tensor of that name. */
  public void check(String name, float[] actual) {
    check(name, 1, actual);
  }

  /**
   * Checks a result against the tensor of that name.
   *
   * @param scale size of what cancels in it: the absolute tolerance is that of a result of size 1
   */
  public void check(String name, double scale, float[] actual) {
    float[] expected = get(name);
    assertEquals(expected.length, actual.length, name);
    for (int i = 0; i < expected.length; i++) {
      double tolerance = RELATIVE * Math.abs(expected[i]) + ABSOLUTE * scale;
      if (!(Math.abs((double) expected[i] - actual[i]) <= tolerance)) {
        fail(name + "[" + i + "] is " + actual[i] + ", PyTorch has " + expected[i]);
      }
    }
  }

  /** Checks that every tensor was asked for. */
  public void assertAllRead() {
    assertEquals(Set.of(), unread, "tensors that no test has read");
  }
}
