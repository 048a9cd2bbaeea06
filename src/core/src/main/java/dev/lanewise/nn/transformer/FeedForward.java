package dev.lanewise.nn.transformer;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import java.util.List;

/** The branch of a block that treats each token by itself. */
public interface FeedForward {
  /** From [rows, width] to [rows, width]. */
  Tensor forward(Tape tape, Tensor x);

  /** Its parameters, in the order of the forward pass. */
  List<Parameter> parameters();
}
