package dev.lanewise.autograd.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.LayerNorm;
import dev.lanewise.nn.Linear;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.GroupOptimizer;
import dev.lanewise.optim.ParamGroup;
import dev.lanewise.optim.momentum.Sgd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A deep plain network that does not learn, why, and what cures it: start values, normalisation,
 * residual connections, Adam. One whose gradients explode is cured by clipping.
 */
@Tag("once")
final class DeepNetworkTest {
  private static final int LAYERS = 16;
  private static final int WIDTH = 32;
  private static final int ROWS = 64;
  private static final int CLASSES = 4;
  private static final int STEPS = 100;

  /** A factor of 1/2 with each layer forward and backward, where Kaiming's keeps the size. */
  private static final Init SMALL = Init.kaimingNormal(1).scaled(0.5f);

  private static Function<ParamGroup, GroupOptimizer<?>> sgd(float lr) {
    return group -> Sgd.over(group).lr(lr);
  }

  /** What a training came to; the last loss is a mean of ten. */
  private record Outcome(Verdict atStart, Verdict atEnd, double firstLoss, double lastLoss) {
    void assertLearnt() {
      assertTrue(lastLoss < 0.5 * firstLoss, "loss " + firstLoss + " to " + lastLoss);
    }
  }

  /** The network: linear layers with GELU. */
  private static final class Net {
    private final List<Linear> layers = new ArrayList<>();
    private final List<LayerNorm> norms = new ArrayList<>();
    private final Linear head;
    private final boolean residual;

    Net(Slab slab, Init init, boolean normalised, boolean residual) {
      this.residual = residual;
      for (int i = 0; i < LAYERS; i++) {
        layers.add(Linear.of(slab, "fc" + i, WIDTH, WIDTH, init));
        if (normalised) {
          norms.add(LayerNorm.of(slab, "norm" + i, WIDTH));
        }
      }
      head = Linear.of(slab, "head", WIDTH, CLASSES, Init.kaimingNormal(2));
    }

    List<Parameter> parameters() {
      List<Parameter> all = new ArrayList<>();
      for (int i = 0; i < LAYERS; i++) {
        all.addAll(layers.get(i).parameters());
        if (!norms.isEmpty()) {
          all.addAll(norms.get(i).parameters());
        }
      }
      all.addAll(head.parameters());
      return all;
    }

    Tensor forward(Tape tape, Tensor x) {
      Tensor h = x;
      for (int i = 0; i < LAYERS; i++) {
        Tensor y = layers.get(i).forward(tape, h);
        y = norms.isEmpty() ? y : norms.get(i).forward(tape, y);
        y = ElementwiseOps.gelu(tape, y);
        h = residual ? ElementwiseOps.add(tape, h, y) : y;
      }
      return head.forward(tape, h);
    }
  }

  private static Outcome train(
      Init init,
      boolean normalised,
      boolean residual,
      Function<ParamGroup, GroupOptimizer<?>> method) {
    Random random = new Random(7);
    float[] inputs = new float[ROWS * WIDTH];
    int[] targets = new int[ROWS];
    for (int row = 0; row < ROWS; row++) {
      targets[row] = row % CLASSES;
      for (int i = 0; i < WIDTH; i++) {
        double centre = i % CLASSES == targets[row] ? 2 : 0;
        inputs[row * WIDTH + i] = (float) (centre + 0.5 * random.nextGaussian());
      }
    }
    try (Slab slab = Slab.open("deep network")) {
      Net net = new Net(slab, init, normalised, residual);
      GroupOptimizer<?> optimizer = method.apply(ParamGroup.of(net.parameters()));
      Diagnosis diagnosis = Diagnosis.of(net.parameters()).every(STEPS - 1);
      double[] losses = new double[STEPS];
      for (int step = 0; step < STEPS; step++) {
        try (Tape tape = diagnosis.open(slab)) {
          Tensor x = tape.constant(TensorLayout.of(ROWS, WIDTH), inputs);
          Tensor loss = LossOps.crossEntropyMean(tape, net.forward(tape, x), tape.ints(targets));
          losses[step] = loss.item();
          loss.backward();
        }
        diagnosis.step(optimizer::step);
      }
      List<Sample> samples = diagnosis.samples();
      return new Outcome(
          samples.getFirst().verdict(),
          samples.getLast().verdict(),
          losses[0],
          Arrays.stream(losses).skip(STEPS - 10).average().orElseThrow());
    }
  }

  @Test
  void smallStartValuesMakeGradientsVanishAndNothingIsLearnt() {
    Outcome outcome = train(SMALL, false, false, sgd(0.05f));
    assertEquals(Verdict.Kind.VANISHING, outcome.atStart().kind());
    String text = outcome.atStart().text();
    assertTrue(text.contains("activations shrink on the way forward"), text);
    assertTrue(text.contains("Init.kaimingNormal"), text);
    assertEquals(Verdict.Kind.VANISHING, outcome.atEnd().kind());
    assertTrue(outcome.lastLoss() > 0.9 * Math.log(CLASSES), "loss " + outcome.lastLoss());
  }

  @Test
  void startValuesThatKeepTheSizeCureIt() {
    Outcome outcome = train(Init.kaimingNormal(1), false, false, sgd(0.05f));
    assertEquals(Verdict.Kind.HEALTHY, outcome.atStart().kind(), outcome.atStart().text());
    outcome.assertLearnt();
  }

  @Test
  void normalisationCuresIt() {
    Outcome outcome = train(SMALL, true, false, sgd(0.02f));
    assertEquals(Verdict.Kind.HEALTHY, outcome.atStart().kind(), outcome.atStart().text());
    outcome.assertLearnt();
  }

  @Test
  void residualConnectionsCureIt() {
    Outcome outcome = train(SMALL, false, true, sgd(0.003f));
    assertEquals(Verdict.Kind.HEALTHY, outcome.atStart().kind(), outcome.atStart().text());
    outcome.assertLearnt();
  }

  @Test
  void stepsThatDoNotDependOnTheSizeOfAGradientCureIt() {
    Outcome outcome = train(SMALL, false, false, group -> AdamW.over(group).lr(3e-3f));
    assertEquals(Verdict.Kind.HEALTHY, outcome.atStart().kind(), outcome.atStart().text());
    outcome.assertLearnt();
  }

  @Test
  void largeStartValuesMakeGradientsExplodeAndClippingCuresIt() {
    Init large = Init.kaimingNormal(1).scaled(2f);
    Outcome outcome = train(large, false, false, sgd(0.05f));
    assertEquals(Verdict.Kind.EXPLODING, outcome.atStart().kind(), outcome.atStart().text());
    assertTrue(outcome.atStart().text().contains("clip"), outcome.atStart().text());
    Outcome clipped =
        train(large, false, false, group -> Sgd.over(group).lr(0.05f).clipGlobalNorm(1));
    assertEquals(Verdict.Kind.HEALTHY, clipped.atStart().kind(), clipped.atStart().text());
    clipped.assertLearnt();
  }
}
