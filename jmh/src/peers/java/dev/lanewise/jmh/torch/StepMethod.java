package dev.lanewise.jmh.torch;

import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.momentum.Lion;
import dev.lanewise.optim.momentum.Momentum;

/** Optimizer steps that both have. */
public enum StepMethod {
  /**
   * AdamW after clipping by the global norm; theirs is the fused operator after clip_grad_norm_.
   */
  ADAMW_CLIP(
      8,
      o -> AdamW.over(o.ours).lr(StepOperands.LR).clipGlobalNorm(1),
      TorchSteps::clippedFusedAdamW),
  /** The same, theirs the optimizer of the C++ front end, a loop over plain operators. */
  ADAMW_CLIP_DEFAULT(
      8,
      o -> AdamW.over(o.ours).lr(StepOperands.LR).clipGlobalNorm(1),
      TorchSteps::clippedDefaultAdamW),
  /** AdamW alone, fused. */
  ADAMW(7, o -> AdamW.over(o.ours).lr(StepOperands.LR), TorchSteps::fusedAdamW),
  /** A velocity with a decay of 0.9, fused. */
  SGD_MOMENTUM(5, o -> Momentum.over(o.ours).lr(StepOperands.LR), TorchSteps::fusedSgd),
  /** Lion; theirs operator by operator over all tensors at a time, there is no fused one. */
  LION(5, o -> Lion.over(o.ours).lr(StepOperands.LR), TorchSteps::foreachLion);

  /** Our optimizer. */
  interface Ours {
    GroupOptimizer<?> over(StepOperands operands);
  }

  /** Their call. */
  interface Theirs {
    Call over(TorchSteps steps);
  }

  /**
   * Floats that have to be moved for each parameter; where a norm is taken, the gradient is read
   * once more, and theirs is written back besides, which is not counted.
   */
  final int streams;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state
  final Ours ours;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state
  final Theirs theirs;

  StepMethod(int streams, Ours ours, Theirs theirs) {
    this.streams = streams;
    this.ours = ours;
    this.theirs = theirs;
  }
}
