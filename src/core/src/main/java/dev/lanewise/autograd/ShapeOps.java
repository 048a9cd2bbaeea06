package dev.lanewise.autograd;

import dev.lanewise.memory.TensorLayout;

/** Ops that change how elements are addressed and move none. */
public final class ShapeOps {
  private ShapeOps() {}

  /**
   * The same elements in the same order under another shape: a view of the memory of {@code x},
   * gradient included.
   */
  public static Tensor reshape(Tape tape, Tensor x, long... dims) {
    TensorLayout layout = TensorLayout.of(dims);
    if (layout.elements() != x.layout().elements()) {
      throw new IllegalArgumentException(
          "x is "
              + x.layout()
              + " with "
              + x.layout().elements()
              + " elements, "
              + layout
              + " has "
              + layout.elements()
              + ": a reshape keeps their number");
    }
    boolean needsDx = tape.use(x);
    Tensor y = Tensor.view(tape, x, layout, needsDx);
    if (needsDx) {
      tape.record("reshape", y, dy -> tape.addGradient(x, dy));
    }
    return y;
  }
}
