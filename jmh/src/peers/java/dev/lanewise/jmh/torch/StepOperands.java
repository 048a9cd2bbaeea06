package dev.lanewise.jmh.torch;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.jmh.Operands;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The parameters of a model, once for each side, with the same values and gradients. */
final class StepOperands {
  static final float LR = 1e-3f;

  final List<Parameter> ours = new ArrayList<>();
  final List<Parameter> theirs = new ArrayList<>();

  StepOperands(Slab slab, long[] sizes) {
    for (int i = 0; i < sizes.length; i++) {
      for (List<Parameter> side : List.of(ours, theirs)) {
        Parameter parameter = Parameter.of("p" + i, TensorLayout.of(sizes[i]), slab);
        Operands.randomise(parameter.data(), 2L * i + 1);
        Operands.randomise(parameter.gradient(), 2L * i + 2);
        side.add(parameter);
      }
    }
  }

  /** One tensor of 16 million elements. */
  static long[] one() {
    return new long[] {1 << 24};
  }

  /** 2,000 tensors of 1 to 16,384 elements, each size class as frequent as the others. */
  static long[] many() {
    SplittableRandom random = new SplittableRandom(1);
    long[] sizes = new long[2_000];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.round(Math.exp(random.nextDouble() * Math.log(16_384)));
    }
    return sizes;
  }
}
