package dev.lanewise.nn;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.NormOps;
import java.util.List;

/** A normalisation of rows, the last dimension, with a gain for each column. */
public interface Norm {
  /** The normalised rows; same shape as {@code x}. */
  Tensor forward(Tape tape, Tensor x);

  /**
   * A residual connection and the normalisation behind it, in one pass forward.
   *
   * @param residual of the shape of {@code x}
   */
  NormOps.Residual forward(Tape tape, Tensor x, Tensor residual);

  /** The elements of a row. */
  long width();

  /** Weight, then bias if there is one. */
  List<Parameter> parameters();
}
