package dev.lanewise.ops.call;

import dev.lanewise.operand.Ranges;
import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;

/**
 * A call that is split over threads: the operands and parameters of one kernel, pooled, so that
 * nothing is allocated. What each slot holds is known to the kernel alone.
 */
public final class Call implements Workers.Task {
  /** One kernel on a range of its units: elements, rows or columns. Captures nothing. */
  @FunctionalInterface
  public interface Kernel {
    /** Computes the units {@code [begin, end)}. */
    void run(Call call, long begin, long end);
  }

  private static final int MOST_OPERANDS = 12;
  private static final Object NOTHING = new Object();
  private static final Kernel NONE = (call, begin, end) -> {};
  private static final Pool<Call> POOL = new Pool<>();

  // Operands, and where those on arrays begin.
  public Object a0 = NOTHING;
  public Object a1 = NOTHING;
  public Object a2 = NOTHING;
  public Object a3 = NOTHING;
  public Object a4 = NOTHING;
  public Object a5 = NOTHING;
  public Object a6 = NOTHING;
  public Object a7 = NOTHING;
  public int o0;
  public int o1;
  public int o2;
  public int o3;
  public int o4;
  public int o5;
  public int o6;
  public int o7;

  // Sizes and whole parameters, and the others: a double holds every float.
  public long n0;
  public long n1;
  public long n2;
  public long n3;
  public long n4;
  public double p0;
  public double p1;
  public double p2;

  // What read and write have checked, in order: the operands of an op with many of them. A size is
  // in
  // bytes of a segment, in elements of an array.
  private final String[] names = new String[MOST_OPERANDS];
  private final MemorySegment[] segments = new MemorySegment[MOST_OPERANDS];
  private final long[] sizes = new long[MOST_OPERANDS];
  private final Object[] arrays = new Object[MOST_OPERANDS];
  private final int[] offsets = new int[MOST_OPERANDS];
  private int operands;
  private boolean confined;

  private Kernel kernel = NONE;

  private Call() {
    forget();
  }

  /** A call to fill and {@link #run}. */
  public static Call borrow() {
    Call call = POOL.poll();
    return call == null ? new Call() : call;
  }

  /** Checks an operand that is read, {@code n} elements of 4 bytes; reads come before writes. */
  public Call read(String name, MemorySegment segment, long n) {
    Ranges.check(name, segment, Float.BYTES, n);
    return add(name, segment, n * Float.BYTES);
  }

  /** Checks an operand that is written, {@code n} floats that share none with any other operand. */
  public Call write(String name, MemorySegment segment, long n) {
    return write(name, segment, n, "", "", "");
  }

  /** The same, where it may be an input itself. */
  public Call write(String name, MemorySegment segment, long n, String mayBe) {
    return write(name, segment, n, mayBe, "", "");
  }

  /** The same, where it may be one of two inputs. */
  public Call write(String name, MemorySegment segment, long n, String mayBe, String orBe) {
    return write(name, segment, n, mayBe, orBe, "");
  }

  /** The same, where it may be one of three inputs. */
  public Call write(
      String name, MemorySegment segment, long n, String mayBe, String orBe, String orEvenBe) {
    Ranges.checkWritten(name, segment, Float.BYTES, n);
    for (int i = 0; i < operands; i++) {
      boolean mayBeSame =
          names[i].equals(mayBe) || names[i].equals(orBe) || names[i].equals(orEvenBe);
      Ranges.checkApart(name, segment, n * Float.BYTES, names[i], segments[i], sizes[i], mayBeSame);
    }
    return add(name, segment, n * Float.BYTES);
  }

  /** Checks an operand of {@code n} doubles that is written. */
  public Call writeDoubles(String name, MemorySegment segment, long n) {
    Ranges.checkWritten(name, segment, Double.BYTES, n);
    for (int i = 0; i < operands; i++) {
      Ranges.checkApart(name, segment, n * Double.BYTES, names[i], segments[i], sizes[i], false);
    }
    return add(name, segment, n * Double.BYTES);
  }

  private Call add(String name, MemorySegment segment, long size) {
    names[operands] = name;
    segments[operands] = segment;
    sizes[operands++] = size;
    confined |= Ranges.confined(segment);
    return this;
  }

  /** The operand that was checked as the {@code i}-th one, from 0 on. */
  public MemorySegment at(int i) {
    return segments[i];
  }

  /** Checks an array that is read, {@code n} elements from an offset on. */
  public Call read(String name, float[] array, int offset, long n) {
    Ranges.check(name, array.length, offset, n);
    return add(name, array, offset, n);
  }

  /** Checks an array that is written, whose elements are no other operand's. */
  public Call write(String name, float[] array, int offset, long n) {
    return write(name, array, offset, n, "", "", "");
  }

  /** The same, where it may be an input itself. */
  public Call write(String name, float[] array, int offset, long n, String mayBe) {
    return write(name, array, offset, n, mayBe, "", "");
  }

  /** The same, where it may be one of two inputs. */
  public Call write(String name, float[] array, int offset, long n, String mayBe, String orBe) {
    return write(name, array, offset, n, mayBe, orBe, "");
  }

  /** The same, where it may be one of three inputs. */
  public Call write(
      String name, float[] array, int offset, long n, String mayBe, String orBe, String orEvenBe) {
    Ranges.check(name, array.length, offset, n);
    for (int i = 0; i < operands; i++) {
      boolean mayBeSame =
          names[i].equals(mayBe) || names[i].equals(orBe) || names[i].equals(orEvenBe);
      Ranges.checkApart(
          name, array, offset, n, names[i], arrays[i], offsets[i], sizes[i], mayBeSame);
    }
    return add(name, array, offset, n);
  }

  /** Checks an array of doubles that is written. */
  public Call writeDoubles(String name, double[] array, int offset, long n) {
    Ranges.check(name, array.length, offset, n);
    return add(name, array, offset, n);
  }

  private Call add(String name, Object array, int offset, long n) {
    names[operands] = name;
    arrays[operands] = array;
    offsets[operands] = offset;
    sizes[operands++] = n;
    return this;
  }

  /** The array that was checked as the {@code i}-th operand. */
  public float[] array(int i) {
    return (float[]) arrays[i];
  }

  /** The same, of doubles. */
  public double[] doubles(int i) {
    return (double[]) arrays[i];
  }

  /** Where it begins. */
  public int offset(int i) {
    return offsets[i];
  }

  /**
   * Runs the kernel over {@code [0, units)}, and ends the use of this call. Memory that is confined
   * to this thread is computed by it alone.
   */
  public void run(Kernel work, long units, long grain, Workers workers) {
    kernel = work;
    try {
      if (confined) {
        run(0, units);
      } else {
        workers.run(units, grain, this);
      }
    } finally {
      forget();
      a0 = NOTHING;
      a1 = NOTHING;
      a2 = NOTHING;
      a3 = NOTHING;
      a4 = NOTHING;
      a5 = NOTHING;
      a6 = NOTHING;
      a7 = NOTHING;
      kernel = NONE;
      POOL.give(this);
    }
  }

  private void forget() {
    for (int i = 0; i < MOST_OPERANDS; i++) {
      names[i] = "";
      segments[i] = MemorySegment.NULL;
      arrays[i] = NOTHING;
    }
    operands = 0;
    confined = false;
  }

  @Override
  public void run(long begin, long end) {
    kernel.run(this, begin, end);
  }
}
