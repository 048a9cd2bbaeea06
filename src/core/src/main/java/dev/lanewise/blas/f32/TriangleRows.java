package dev.lanewise.blas.f32;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.level1.f32.Axpy;
import dev.lanewise.kernel.level1.f32.Dot;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a triangle, and what is done with one of them and a vector beside it in memory of the
 * same kind. A row of n has its elements up to the diagonal (lower) or from it on (upper): in a
 * square, a row a leading dimension behind the one before; packed, one row right after the other.
 */
public final class TriangleRows {
  private float @Nullable [] array;
  private MemorySegment segment = MemorySegment.NULL;
  private long first;
  private boolean packed;
  private boolean lower;
  private int ld;
  private int n;

  public void set(float[] array, long first) {
    this.array = array;
    this.first = first;
  }

  public void set(MemorySegment segment, long first) {
    this.segment = segment;
    this.first = first;
  }

  /** The triangle of a square. */
  public void square(boolean lower, int n, int ld) {
    packed = false;
    this.lower = lower;
    this.n = n;
    this.ld = ld;
  }

  /** A triangle without the elements of the other one. */
  public void packed(boolean lower, int n) {
    packed = true;
    this.lower = lower;
    this.n = n;
  }

  /** Lets go of the memory: a pooled call must not keep it alive. */
  public void clear() {
    array = null;
    segment = MemorySegment.NULL;
  }

  /** Where the element (i, j) lies. */
  private long at(long i, long j) {
    if (!packed) {
      return first + i * ld + j;
    }
    return first + (lower ? i * (i + 1) / 2 + j : i * (2L * n - i - 1) / 2 + j);
  }

  public float @Nullable [] array() {
    return array;
  }

  /** Where A begins. */
  public long first() {
    return first;
  }

  /** {@code to[t0 : t0+n]} = row i from column j on. */
  public void readRow(int i, int j, int n, float[] to, int t0) {
    float[] elements = array;
    if (elements != null) {
      System.arraycopy(elements, (int) at(i, j), to, t0, n);
    } else {
      MemorySegment.copy(segment, JAVA_FLOAT_UNALIGNED, Float.BYTES * at(i, j), to, t0, n);
    }
  }

  public float diagonal(int i) {
    float[] elements = array;
    return elements != null
        ? elements[(int) at(i, i)]
        : segment.get(JAVA_FLOAT_UNALIGNED, Float.BYTES * at(i, i));
  }

  /** The first column of row i beside its diagonal. */
  public int begin(int i) {
    return lower ? 0 : i + 1;
  }

  /** Elements of row i beside its diagonal. */
  public int beside(int i) {
    return lower ? i : n - 1 - i;
  }

  /** The inner product of row i, without its diagonal, with the same elements of x. */
  public float dot(int i, Elements x) {
    int j = begin(i);
    float[] elements = array;
    float[] vector = x.array();
    if (elements != null && vector != null) {
      return Dot.run(beside(i), elements, (int) at(i, j), 1, vector, (int) x.at(j, 0), x.step());
    }
    return Dot.run(beside(i), segment, at(i, j), 1, x.segment(), x.at(j, 0), x.step());
  }

  /** {@code y += factor * row i}, without its diagonal. */
  public void addTo(int i, float factor, Elements y) {
    int j = begin(i);
    float[] elements = array;
    float[] vector = y.array();
    if (elements != null && vector != null) {
      Axpy.run(beside(i), factor, elements, (int) at(i, j), 1, vector, (int) y.at(j, 0), y.step());
    } else {
      Axpy.run(beside(i), factor, segment, at(i, j), 1, y.segment(), y.at(j, 0), y.step());
    }
  }

  /** {@code row i += factor * x}, its diagonal included. */
  public void add(int i, float factor, Elements x) {
    int j = lower ? 0 : i;
    int count = beside(i) + 1;
    float[] elements = array;
    float[] vector = x.array();
    if (elements != null && vector != null) {
      Axpy.run(count, factor, vector, (int) x.at(j, 0), x.step(), elements, (int) at(i, j), 1);
    } else {
      Axpy.run(count, factor, x.segment(), x.at(j, 0), x.step(), segment, at(i, j), 1);
    }
  }
}
