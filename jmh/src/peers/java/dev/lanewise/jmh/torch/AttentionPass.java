package dev.lanewise.jmh.torch;

import org.bytedeco.javacpp.PointerScope;

/** What of an attention is computed. */
public enum AttentionPass {
  /** The output from q, k and v. */
  FORWARD(4) {
    @Override
    Call ours(AttentionOperands operands) {
      return operands::forward;
    }

    @Override
    Call theirs(AttentionOperands.Views views, boolean causal) {
      return () -> {
        try (PointerScope scope = new PointerScope()) {
          scope.attach(views.forward(causal));
        }
      };
    }
  },

  /** And the gradients of the three. */
  FORWARD_BACKWARD(12) {
    @Override
    Call ours(AttentionOperands operands) {
      return () -> {
        operands.forward();
        operands.backward();
      };
    }

    @Override
    @SuppressWarnings("try") // the resource works by being open
    Call theirs(AttentionOperands.Views views, boolean causal) {
      return () -> {
        try (PointerScope scope = new PointerScope()) {
          views.forwardBackward(causal);
          // The next call begins without a gradient, as after zero_grad.
          views.zeroGrad();
        }
      };
    }
  };

  /** Operands that are read or written. */
  final long tensors;

  AttentionPass(long tensors) {
    this.tensors = tensors;
  }

  abstract Call ours(AttentionOperands operands);

  abstract Call theirs(AttentionOperands.Views views, boolean causal);
}
