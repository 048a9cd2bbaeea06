package dev.lanewise.ops.call;

import dev.lanewise.parallel.Pool;
import dev.lanewise.parallel.Workers;

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

  private Kernel kernel = NONE;

  private Call() {}

  /** A call to fill and {@link #run}. */
  public static Call borrow() {
    Call call = POOL.poll();
    return call == null ? new Call() : call;
  }

  /** Runs the kernel over {@code [0, units)}, and ends the use of this call. */
  public void run(Kernel work, long units, long grain, Workers workers) {
    kernel = work;
    try {
      workers.run(units, grain, this);
    } finally {
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

  @Override
  public void run(long begin, long end) {
    kernel.run(this, begin, end);
  }
}
