package dev.lanewise.nn.transformer;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.rows.NormOps;
import dev.lanewise.nn.Norm;
import org.jspecify.annotations.Nullable;

/**
 * What runs through the blocks of a transformer: {@code x + branch}, the last branch not added yet,
 * so that the next normalisation adds it in its own pass.
 *
 * @param x [rows, width]
 * @param branch [rows, width], or null before the first block
 */
public record ResidualStream(Tensor x, @Nullable Tensor branch) {
  /** The beginning: embeddings of tokens. */
  public static ResidualStream of(Tensor x) {
    return new ResidualStream(x, null);
  }

  /** The sum, and its normalisation. */
  public NormOps.Residual normalized(Tape tape, Norm norm) {
    return branch == null
        ? new NormOps.Residual(x, norm.forward(tape, x))
        : norm.forward(tape, branch, x);
  }

  /** The sum. */
  public Tensor sum(Tape tape) {
    return branch == null ? x : ElementwiseOps.add(tape, x, branch);
  }
}
