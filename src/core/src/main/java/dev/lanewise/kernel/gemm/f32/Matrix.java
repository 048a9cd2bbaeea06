package dev.lanewise.kernel.gemm.f32;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where the elements of an operand lie: in an array or in a memory segment; or the patches of
 * images that a convolution makes of them. Set anew for each call by objects that are pooled, so
 * that nothing is allocated.
 */
public final class Matrix {
  private static final float[] NO_ARRAY = {};

  boolean onHeap;
  float[] array = NO_ARRAY;
  MemorySegment segment = MemorySegment.NULL;
  long offset;
  int ld;
  boolean transposed;

  /** What is read instead of array or segment, or null. */
  @Nullable Patches patches;

  public void set(float[] array, long offset, int ld, boolean transposed) {
    this.array = array;
    this.offset = offset;
    this.ld = ld;
    this.transposed = transposed;
    patches = null;
    onHeap = true;
  }

  /** A segment over an array is that array: the kernels are fastest on it. */
  public void set(MemorySegment segment, long offset, int ld, boolean transposed) {
    if (!segment.isNative() && segment.heapBase().orElse(null) instanceof float[] base) {
      set(base, segment.address() / Float.BYTES + offset, ld, transposed);
      return;
    }
    this.segment = segment;
    this.offset = offset;
    this.ld = ld;
    this.transposed = transposed;
    patches = null;
    onHeap = false;
  }

  /** The patches of images, for an operand that is packed. */
  public void set(Patches patches) {
    this.patches = patches;
    onHeap = false;
    transposed = false;
  }

  /** Whether it lies in memory of an arena. */
  boolean isNative() {
    return !onHeap && segment.getClass() == SegmentClass.NATIVE;
  }

  /** The same matrix, {@code shift} elements further on. */
  public void set(Matrix other, long shift) {
    array = other.array;
    segment = other.segment;
    onHeap = other.onHeap;
    offset = other.offset + shift;
    ld = other.ld;
    transposed = other.transposed;
    patches = other.patches;
  }

  /** Elements from one row, as it lies in memory, to the next. */
  public int ld() {
    return ld;
  }

  /** Begins so many elements further on. */
  public void shift(int elements) {
    offset += elements;
  }

  /** Sets the elements from one row, as it lies in memory, to the next. */
  public void setLd(int ld) {
    this.ld = ld;
  }

  /** Lets go of the memory: a pooled view must not keep anybody's alive. */
  public void clear() {
    array = NO_ARRAY;
    segment = MemorySegment.NULL;
    patches = null;
  }

  /** Where the element (i, j) of the matrix as it lies in memory is. */
  public long at(long i, long j) {
    return offset + i * ld + j;
  }

  /** Copies {@code n} adjacent elements out. */
  void read(long from, float[] to, int at, int n) {
    if (onHeap) {
      System.arraycopy(array, (int) from, to, at, n);
    } else {
      MemorySegment.copy(segment, JAVA_FLOAT, Float.BYTES * from, to, at, n);
    }
  }

  /** Copies {@code n} adjacent elements in. */
  void write(float[] from, int at, long to, int n) {
    if (onHeap) {
      System.arraycopy(from, at, array, (int) to, n);
    } else {
      MemorySegment.copy(from, at, segment, JAVA_FLOAT, Float.BYTES * to, n);
    }
  }
}
