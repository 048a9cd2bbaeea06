package dev.lanewise.autograd;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.engine.Values;
import dev.lanewise.memory.SegmentClass;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A contiguous row-major f32 tensor in native memory, which an op has made on a {@link Tape} or
 * which is one of its leaves: a {@link Parameter}, a {@linkplain #constant constant} or a
 * {@linkplain Tape#variable variable}.
 *
 * <p>What an op has made lives until its tape is closed. Its gradient is handed on from op to op
 * during {@link #backward} and can be read afterwards only if {@link #retainGradient} was called;
 * the gradients of parameters and variables can always.
 *
 * <p>Whoever writes to {@link #data} while a tape is open calls {@link #changed}, or uses {@link
 * #assign}, which does: an op that saved the values for its backward pass then refuses to compute
 * with others.
 */
public sealed class Tensor permits Parameter {
  private final TensorLayout layout;
  private final MemorySegment data;
  private final @Nullable Tape tape;
  private final boolean requiresGrad;
  private final boolean leaf;
  private final Values values;

  /** Where the gradient has to be, if that was decided beforehand. */
  private final @Nullable MemorySegment gradientPlace;

  private @Nullable MemorySegment gradient;
  private boolean retainsGradient;
  private boolean ownsMemory;
  private List<Consumer<MemorySegment>> hooks = List.of();

  private Tensor(
      TensorLayout layout,
      MemorySegment data,
      @Nullable MemorySegment gradient,
      @Nullable Tape tape,
      boolean requiresGrad,
      boolean leaf,
      Values values,
      @Nullable MemorySegment gradientPlace) {
    this.layout = layout;
    this.data = data;
    this.gradient = gradient;
    this.tape = tape;
    this.requiresGrad = requiresGrad;
    this.leaf = leaf;
    this.values = values;
    this.gradientPlace = gradientPlace;
  }

  /** A leaf that outlives every tape. */
  Tensor(TensorLayout layout, MemorySegment data, MemorySegment gradient) {
    this(layout, data, gradient, null, true, true, new Values(layout, true), null);
  }

  /**
   * A tensor without gradient over memory that the caller owns; nothing is copied.
   *
   * @param data native memory of exactly the layout's bytes, unchanged until the tapes that use it
   *     have been closed
   */
  public static Tensor constant(TensorLayout layout, MemorySegment data) {
    checkMemory(layout, data);
    return new Tensor(layout, data, null, null, false, true, new Values(layout, true), null);
  }

  static Tensor variable(Tape tape, TensorLayout layout, MemorySegment data) {
    checkMemory(layout, data);
    return new Tensor(layout, data, null, tape, true, true, new Values(layout, true), null);
  }

  static Tensor result(Tape tape, TensorLayout layout, MemorySegment data, boolean requiresGrad) {
    Values values = new Values(layout, false);
    Tensor result = new Tensor(layout, data, null, tape, requiresGrad, false, values, null);
    result.ownsMemory = true;
    return result;
  }

  /** The same memory under another shape. */
  static Tensor view(Tape tape, Tensor of, TensorLayout layout, boolean requiresGrad) {
    return new Tensor(layout, of.data, null, tape, requiresGrad, false, of.values, null);
  }

  /**
   * A leaf of a nested tape that stands for a tensor of the tape around: what is added to its
   * gradient is added to that tensor's, or is written to {@code place} if that has none yet.
   */
  static Tensor entrance(Tape nested, Tensor of, @Nullable MemorySegment place) {
    return new Tensor(
        of.layout, of.data, of.gradient, nested, of.requiresGrad, true, of.values, place);
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
    requireReadable("item");
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
    requireReadable("toArray");
    return data().toArray(JAVA_FLOAT);
  }

  /** Whether {@link #backward} computes a gradient for this tensor. */
  public final boolean requiresGrad() {
    return requiresGrad;
  }

  /**
   * The same values as a constant: what is computed from it does not reach the gradient of this
   * tensor. The memory is shared, and lives as long as that of this tensor.
   */
  public final Tensor detach() {
    requireUsable();
    return new Tensor(layout, data, null, tape, false, true, values, null);
  }

  /** How often the values were changed in place. */
  public final int version() {
    return values.version();
  }

  /** To be called by whoever has written to {@link #data}, while a tape that uses it is open. */
  public final void changed() {
    values.change();
  }

  /** Overwrites the values, in place. */
  public final void assign(float... source) {
    requireReadable("assign");
    if (source.length != layout.elements()) {
      throw new IllegalArgumentException(
          "a tensor of "
              + layout
              + " has "
              + layout.elements()
              + " elements, "
              + source.length
              + " values are given");
    }
    MemorySegment.copy(source, 0, data(), JAVA_FLOAT, 0, source.length);
    changed();
  }

  /** Keeps the gradient of what an op made when backward hands it on, to be read afterwards. */
  public final void retainGradient() {
    requireGradient("retain");
    retainsGradient = true;
  }

  /**
   * Adds a hook, which backward calls when the gradient of this tensor is complete: of what an op
   * made before it is handed on, of a leaf after all ops. It may read the gradient and write to it.
   * Hooks run in the order in which they were added. For a parameter, whose gradient is a sum over
   * tapes, the sum so far is complete.
   */
  public final void onGradient(Consumer<MemorySegment> hook) {
    Objects.requireNonNull(hook, "hook");
    requireGradient("hook");
    List<Consumer<MemorySegment>> all = new ArrayList<>(hooks);
    all.add(hook);
    hooks = List.copyOf(all);
  }

  /** Takes all hooks away. */
  public final void removeHooks() {
    hooks = List.of();
  }

  /** Whether {@link #gradient} can be read. */
  public final boolean hasGradient() {
    return (leaf || retainsGradient) && gradient != null;
  }

  /**
   * The gradient of a parameter or a variable, or of what an op made if it is retained.
   *
   * @throws IllegalStateException if there is none, or the tape of a variable was closed
   */
  public final MemorySegment gradient() {
    requireTapeOpen();
    if (!leaf && !retainsGradient) {
      throw new IllegalStateException(
          "the gradient of what an op made is handed on to the op before it: read that of a"
              + " parameter or a variable, or call retainGradient before backward");
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
    MemorySegment kept = data();
    values.keep();
    return kept;
  }

  /**
   * Whether an op may put something else in place of the values: nobody outside the tape and no vjp
   * reads them.
   */
  final boolean mayBeConsumed() {
    return values.mayBeConsumed();
  }

  /** From now on the values are gone, and {@code consumer} is why. */
  final void consume(String consumer) {
    values.leave(
        "the values of this tensor were overwritten by their gradient in "
            + consumer
            + ": use them in other ops before it, and in ops that keep them if backward needs"
            + " them");
  }

  /** From now on the values, if not a view, are gone: a captured step uses their memory again. */
  final void leave() {
    if (ownsMemory) {
      values.leave(
          "the memory of this tensor was used again in the backward pass of a captured step: read"
              + " the loss that the step returns, or compute without capturing");
    }
  }

  final @Nullable Tape tape() {
    return tape;
  }

  final Values values() {
    return values;
  }

  final boolean isLeaf() {
    return leaf;
  }

  final boolean hasHooks() {
    return !hooks.isEmpty();
  }

  final List<Consumer<MemorySegment>> hooks() {
    return hooks;
  }

  final boolean retainsGradient() {
    return retainsGradient && !leaf;
  }

  final @Nullable MemorySegment gradientPlace() {
    return gradientPlace;
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
    values.requirePresent();
  }

  private void requireReadable(String verb) {
    if (tape != null && tape.isCapturing()) {
      throw new IllegalStateException(
          verb
              + " of a tensor of "
              + layout
              + " cannot be captured: its values are others in each run, leave what depends on"
              + " them to Tape.compute");
    }
  }

  private void requireGradient(String verb) {
    if (!requiresGrad) {
      throw new IllegalStateException(
          "this tensor of " + layout + " requires no gradient: there is none to " + verb);
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

  @Override
  public String toString() {
    return "Tensor " + layout;
  }
}
