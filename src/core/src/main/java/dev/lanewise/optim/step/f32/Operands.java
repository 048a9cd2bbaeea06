package dev.lanewise.optim.step.f32;

import static dev.lanewise.memory.SegmentClass.NATIVE;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The checks that the operands of a step pass before a kernel sees them. */
final class Operands {
  private Operands() {}

  /** Checks arrays; the states that a method does not have are null. */
  static void check(
      int begin,
      int end,
      float[] params,
      float[] grads,
      float @Nullable [] state0,
      float @Nullable [] state1,
      float @Nullable [] state2) {
    checkRange(begin, end);
    check("params", params, end, null, "", null, "", null, "", null, "");
    check("grads", grads, end, params, "params", null, "", null, "", null, "");
    check("state 0", state0, end, params, "params", grads, "grads", null, "", null, "");
    check("state 1", state1, end, params, "params", grads, "grads", state0, "state 0", null, "");
    check(
        "state 2", state2, end, params, "params", grads, "grads", state0, "state 0", state1,
        "state 1");
  }

  private static void check(
      String name,
      float @Nullable [] operand,
      int end,
      float @Nullable [] a,
      String aName,
      float @Nullable [] b,
      String bName,
      float @Nullable [] c,
      String cName,
      float @Nullable [] d,
      String dName) {
    if (operand == null) {
      return;
    }
    if (operand.length < end) {
      throw tooShort(name, operand.length, end);
    }
    checkApart(name, operand, aName, a);
    checkApart(name, operand, bName, b);
    checkApart(name, operand, cName, c);
    checkApart(name, operand, dName, d);
  }

  /** As objects: whether they are one array, not whether their elements are equal. */
  @SuppressWarnings("ReferenceEquality")
  private static void checkApart(String name, Object x, String otherName, @Nullable Object y) {
    if (x == y) {
      throw shared(name, otherName);
    }
  }

  /** Checks segments; the states that a method does not have are null. */
  static void check(
      long begin,
      long end,
      MemorySegment params,
      MemorySegment grads,
      @Nullable MemorySegment state0,
      @Nullable MemorySegment state1,
      @Nullable MemorySegment state2) {
    checkRange(begin, end);
    check("params", params, end);
    check("grads", grads, end);
    checkMemoryApart("grads", grads, "params", params);
    if (state0 != null) {
      check("state 0", state0, end);
      checkMemoryApart("state 0", state0, "params", params);
      checkMemoryApart("state 0", state0, "grads", grads);
    }
    if (state1 != null) {
      check("state 1", state1, end);
      checkMemoryApart("state 1", state1, "params", params);
      checkMemoryApart("state 1", state1, "grads", grads);
      checkMemoryApart("state 1", state1, "state 0", state0);
    }
    if (state2 != null) {
      check("state 2", state2, end);
      checkMemoryApart("state 2", state2, "params", params);
      checkMemoryApart("state 2", state2, "grads", grads);
      checkMemoryApart("state 2", state2, "state 0", state0);
      checkMemoryApart("state 2", state2, "state 1", state1);
    }
  }

  private static void check(String name, MemorySegment operand, long end) {
    if (operand.getClass() != NATIVE) {
      throw SegmentClass.notNative(operand);
    }
    if (operand.byteSize() / Float.BYTES < end) {
      throw tooShort(name, operand.byteSize() / Float.BYTES, end);
    }
    if (operand.isReadOnly()) {
      throw new IllegalArgumentException(
          name + " lies in a read-only segment: the step writes to it, give it memory of its own");
    }
    if (!operand.scope().isAlive()) {
      throw new IllegalStateException(name + " lies in memory that was closed");
    }
  }

  private static void checkMemoryApart(
      String name, MemorySegment x, String otherName, @Nullable MemorySegment y) {
    if (y != null
        && x.address() < y.address() + y.byteSize()
        && y.address() < x.address() + x.byteSize()) {
      throw shared(name, otherName);
    }
  }

  /** Checks that steps are counted from 1 on. */
  static void checkStep(long t) {
    if (t < 1) {
      throw new IllegalArgumentException("t = " + t + ": the first step is 1");
    }
  }

  private static void checkRange(long begin, long end) {
    if (begin < 0 || begin > end) {
      throw new IllegalArgumentException(
          "the range from " + begin + " to " + end + " is none: want 0 <= begin <= end");
    }
  }

  private static IllegalArgumentException tooShort(String name, long length, long end) {
    return new IllegalArgumentException(
        name + " has " + length + " elements, the range ends at " + end + ": give as many");
  }

  private static IllegalArgumentException shared(String name, String other) {
    return new IllegalArgumentException(
        name + " and " + other + " share memory: give each its own");
  }
}
