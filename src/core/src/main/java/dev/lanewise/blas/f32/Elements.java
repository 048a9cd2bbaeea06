package dev.lanewise.blas.f32;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.level1.f32.Scal;
import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * An operand as the caller holds it: an array or a segment, element i at {@code first + i * step}.
 * For a matrix a step leads from one row to the next.
 */
public final class Elements {
  private float @Nullable [] array;
  private MemorySegment segment = MemorySegment.NULL;
  private long first;
  private int step;

  public void set(float[] array, long first, int step) {
    this.array = array;
    this.first = first;
    this.step = step;
  }

  public void set(MemorySegment segment, long first, int step) {
    this.segment = segment;
    this.first = first;
    this.step = step;
  }

  /** Lets go of the memory: a pooled call must not keep it alive. */
  public void clear() {
    array = null;
    segment = MemorySegment.NULL;
  }

  public float @Nullable [] array() {
    return array;
  }

  public MemorySegment segment() {
    return segment;
  }

  /** Whether vectors can be loaded from the segment at full speed. */
  public boolean isNative() {
    return segment.getClass() == SegmentClass.NATIVE;
  }

  public int step() {
    return step;
  }

  /** Where element j of row i lies. */
  public long at(long i, long j) {
    return first + i * step + j;
  }

  public float get(long i) {
    float[] source = array;
    return source != null
        ? source[(int) (first + i * step)]
        : segment.get(JAVA_FLOAT_UNALIGNED, Float.BYTES * (first + i * step));
  }

  public void put(long i, float value) {
    float[] target = array;
    if (target != null) {
      target[(int) (first + i * step)] = value;
    } else {
      segment.set(JAVA_FLOAT_UNALIGNED, Float.BYTES * (first + i * step), value);
    }
  }

  /** {@code n} elements times beta; with beta = 0 they are not read. */
  public void scale(int n, float beta) {
    if (beta == 1f) {
      return;
    }
    float[] target = array;
    if (beta == 0f) {
      for (int i = 0; i < n; i++) {
        put(i, 0f);
      }
    } else if (target != null) {
      Scal.run(n, beta, target, (int) first, step);
    } else {
      Scal.run(n, beta, segment, first, step);
    }
  }

  /** {@code to[0:n]} = elements i to i+n. */
  public void read(long i, int n, float[] to) {
    copyOut(first + i * step, step, n, to, 0);
  }

  /** {@code to[t0 : t0+n]} = elements i to i+n. */
  public void read(long i, int n, float[] to, int t0) {
    copyOut(first + i * step, step, n, to, t0);
  }

  public void write(long i, int n, float[] from) {
    copyIn(first + i * step, step, n, from, 0);
  }

  public void write(long i, int n, float[] from, int f0) {
    copyIn(first + i * step, step, n, from, f0);
  }

  /** {@code to[t0 : t0+n]} = row i from column j on. */
  public void readRow(long i, long j, int n, float[] to, int t0) {
    copyOut(at(i, j), 1, n, to, t0);
  }

  public void writeRow(long i, long j, int n, float[] from, int f0) {
    copyIn(at(i, j), 1, n, from, f0);
  }

  private void copyOut(long begin, int inc, int n, float[] to, int t0) {
    float[] source = array;
    if (source != null) {
      if (inc == 1) {
        System.arraycopy(source, (int) begin, to, t0, n);
        return;
      }
      for (int k = 0; k < n; k++) {
        to[t0 + k] = source[(int) (begin + (long) k * inc)];
      }
    } else if (inc == 1) {
      MemorySegment.copy(segment, JAVA_FLOAT_UNALIGNED, Float.BYTES * begin, to, t0, n);
    } else {
      for (int k = 0; k < n; k++) {
        to[t0 + k] = segment.get(JAVA_FLOAT_UNALIGNED, Float.BYTES * (begin + (long) k * inc));
      }
    }
  }

  private void copyIn(long begin, int inc, int n, float[] from, int f0) {
    float[] target = array;
    if (target != null) {
      if (inc == 1) {
        System.arraycopy(from, f0, target, (int) begin, n);
        return;
      }
      for (int k = 0; k < n; k++) {
        target[(int) (begin + (long) k * inc)] = from[f0 + k];
      }
    } else if (inc == 1) {
      MemorySegment.copy(from, f0, segment, JAVA_FLOAT_UNALIGNED, Float.BYTES * begin, n);
    } else {
      for (int k = 0; k < n; k++) {
        segment.set(JAVA_FLOAT_UNALIGNED, Float.BYTES * (begin + (long) k * inc), from[f0 + k]);
      }
    }
  }
}
