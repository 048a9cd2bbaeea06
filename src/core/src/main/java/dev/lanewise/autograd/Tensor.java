package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.memory.SegmentClass;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A contiguous row-major f32 tensor in native memory, which an op has made on a {@link Tape} or
 * which is one of its leaves: a {@link Parameter}, a {@linkplain #constant constant} or a
 * {@linkplain Tape#variable variable}.
 *
 * <p>What an op has made lives until its tape is closed. Its gradient is handed on from op to op
 * during {@link #backward} and cannot be read afterwards; the gradients of parameters and variables
 * can.
 */
public sealed class Tensor permits Parameter {
  private final TensorLayout layout;
  private final MemorySegment data;
  private final @Nullable Tape tape;
  private final boolean requiresGrad;
  private final boolean leaf;

  /** The tensor whose memory this one shows under another shape. */
  private final @Nullable Tensor viewOf;

  private @Nullable MemorySegment gradient;

  // Both about the memory, so kept in the tensor that owns it.
  private boolean kept;
  private @Nullable String consumer;

  private Tensor(
      TensorLayout layout,
      MemorySegment data,
      @Nullable MemorySegment gradient,
      @Nullable Tape tape,
      boolean requiresGrad,
      boolean leaf,
      @Nullable Tensor viewOf) {
    this.layout = layout;
    this.data = data;
    this.gradient = gradient;
    this.tape = tape;
    this.requiresGrad = requiresGrad;
    this.leaf = leaf;
    this.viewOf = viewOf;
  }

  /** A leaf that outlives every tape. */
  Tensor(TensorLayout layout, MemorySegment data, MemorySegment gradient) {
    this(layout, data, gradient, null, true, true, null);
  }

  /**
   * A tensor without gradient over memory that the caller owns; nothing is copied.
   *
   * @param data native memory of exactly the layout's bytes, unchanged until the tapes that use it
   *     have been closed
   */
  public static Tensor constant(TensorLayout layout, MemorySegment data) {
    checkMemory(layout, data);
    return new Tensor(layout, data, null, null, false, true, null);
  }

  static Tensor variable(Tape tape, TensorLayout layout, MemorySegment data) {
    checkMemory(layout, data);
    return new Tensor(layout, data, null, tape, true, true, null);
  }

  static Tensor result(Tape tape, TensorLayout layout, MemorySegment data, boolean requiresGrad) {
    return new Tensor(layout, data, null, tape, requiresGrad, false, null);
  }

  /** The same memory under another shape. */
  static Tensor view(Tape tape, Tensor of, TensorLayout layout, boolean requiresGrad) {
    return new Tensor(layout, of.data, null, tape, requiresGrad, false, of.root());
  }

  private static void checkMemory(TensorLayout layout, MemorySegment data) {
    if (data.getClass() != SegmentClass.NATIVE) {
      throw SegmentClass.notNative(data);
    }
    if (data.byteSize() != layout.bytes()) {
      throw new IllegalArgumentException(
          "a tensor of "
              + layout
              + " has "
              + layout.bytes()
              + " bytes, the memory given has "
              + data.byteSize());
    }
  }

  /** Shape of the data and of the gradient. */
  public final TensorLayout layout() {
    return layout;
  }

  /**
   * The values, in native byte order.
   *
   * @throws IllegalStateException if the tape was closed or a loss has overwritten them by their
   *     gradient
   */
  public final MemorySegment data() {
    requireUsable();
    return data;
  }

  /** The value of a tensor of one element. */
  public final float item() {
    if (layout.elements() != 1) {
      throw new IllegalStateException(
          "this tensor of "
              + layout
              + " has "
              + layout.elements()
              + " elements: only a tensor of one has the value");
    }
    return data().get(JAVA_FLOAT, 0);
  }

  /** A copy of the values on the heap. */
  public final float[] toArray() {
    return data().toArray(JAVA_FLOAT);
  }

  /** Whether {@link #backward} computes a gradient for this tensor. */
  public final boolean requiresGrad() {
    return requiresGrad;
  }

  /** Whether {@link #gradient} can be read. */
  public final boolean hasGradient() {
    return leaf && gradient != null;
  }

  /**
   * The gradient of a parameter or a variable.
   *
   * @throws IllegalStateException if there is none, or the tape of a variable was closed
   */
  public final MemorySegment gradient() {
    requireTapeOpen();
    if (!leaf) {
      throw new IllegalStateException(
          "the gradient of what an op made is handed on to the op before it: read that of a"
              + " parameter or a variable");
    }
    if (gradient == null) {
      throw new IllegalStateException(
          requiresGrad
              ? "no gradient has reached this tensor: call backward on a loss that depends on it"
                  + " first"
              : "this tensor is a constant: only parameters and variables have gradients");
    }
    return gradient;
  }

  /**
   * Adds the gradient of this scalar to each parameter and variable it depends on.
   *
   * @throws IllegalStateException if this tensor has not exactly one element, does not depend on a
   *     parameter, or if backward was called on its tape before
   */
  public final void backward() {
    if (layout.elements() != 1) {
      throw new IllegalStateException(
          "this tensor is "
              + layout
              + ", not a scalar: give backward the cotangent, a tensor of the same shape");
    }
    requireTape().backward(this, null);
  }

  /**
   * Adds {@code J' cotangent} to the gradient of each parameter and variable this tensor depends
   * on.
   *
   * @param cotangent same shape, only read
   */
  public final void backward(Tensor cotangent) {
    if (!cotangent.layout.equals(layout)) {
      throw new IllegalArgumentException(
          "the cotangent is "
              + cotangent.layout
              + ", the tensor is "
              + layout
              + ": both need the same shape");
    }
    requireTape().backward(this, cotangent.data());
  }

  /**
   * The values for use in a {@link Vjp}: from now on no loss overwrites them.
   *
   * @throws IllegalStateException as {@link #data}
   */
  public final MemorySegment keep() {
    MemorySegment values = data();
    root().kept = true;
    return values;
  }

  /**
   * Whether an op may put something else in place of the values: nobody outside the tape and no vjp
   * reads them.
   */
  final boolean mayBeConsumed() {
    return !root().leaf && !root().kept;
  }

  /** From now on the values are gone, and {@code consumer} is why. */
  final void consume(String consumer) {
    root().consumer = consumer;
  }

  final @Nullable Tape tape() {
    return tape;
  }

  final @Nullable MemorySegment gradientOrNull() {
    return gradient;
  }

  /** Gives the gradient memory that is written already. */
  final void adoptGradient(MemorySegment written) {
    gradient = written;
  }

  /** Takes the gradient of what an op made out of the tensor, to hand it to the vjp. */
  final @Nullable MemorySegment takeGradient() {
    MemorySegment taken = gradient;
    gradient = null;
    return taken;
  }

  final void requireUsable() {
    requireTapeOpen();
    String consumedBy = root().consumer;
    if (consumedBy != null) {
      throw new IllegalStateException(
          "the values of this tensor were overwritten by their gradient in "
              + consumedBy
              + ": use them in other ops before it, and in ops that keep them if backward needs"
              + " them");
    }
  }

  private void requireTapeOpen() {
    if (tape != null && !tape.isOpen()) {
      throw new IllegalStateException(
          "this tensor of "
              + layout
              + " belongs to a tape that was closed: read its values before closing the tape");
    }
  }

  private Tape requireTape() {
    if (tape == null) {
      throw new IllegalStateException(
          "this tensor was not made by an op of a tape: nothing can be differentiated");
    }
    return tape;
  }

  private Tensor root() {
    return Objects.requireNonNullElse(viewOf, this);
  }

  @Override
  public String toString() {
    return "Tensor " + layout;
  }
}
