package dev.lanewise.autograd.recompute;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.CapturedStep;
import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.ShapeOps;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.elementwise.DropoutOps;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RecomputeTest {
  private static final int LAYERS = 9;
  private static final TensorLayout SHAPE = TensorLayout.of(32, 32);

  /** A chain of layers with dropout and a residual connection, and what leads into it. */
  private static final class Net implements AutoCloseable {
    final Slab slab = Slab.open("net", 1 << 20);
    final List<Parameter> parameters = new ArrayList<>();
    final List<Recompute.Layer> layers = new ArrayList<>();

    Net() {
      Random random = new Random(5);
      for (int i = 0; i <= LAYERS; i++) {
        Parameter w = Parameter.of("w" + i, SHAPE, slab);
        float[] values = OpCheck.random(random, SHAPE.elements());
        for (int j = 0; j < values.length; j++) {
          values[j] *= 0.2f;
        }
        w.assign(values);
        parameters.add(w);
      }
      for (int i = 0; i < LAYERS; i++) {
        Parameter w = parameters.get(i + 1);
        int stream = i;
        layers.add(
            (tape, x) -> {
              Tensor h = ElementwiseOps.gelu(tape, MatrixOps.linear(tape, x, w, null));
              Tensor kept = DropoutOps.dropout(tape, h, 0.1f, 1, stream, () -> 3);
              return ElementwiseOps.add(tape, x, kept);
            });
      }
    }

    /** The input is used by the chain and besides it, the first weight by two layers. */
    Tensor loss(Tape tape, Function<Tensor, Tensor> chain) {
      Parameter w = parameters.get(0);
      Tensor x = ElementwiseOps.gelu(tape, MatrixOps.matmul(tape, w, w));
      Tensor y = ElementwiseOps.mul(tape, chain.apply(x), x);
      return ReduceOps.mean(tape, MatrixOps.matmul(tape, y, w));
    }

    List<float[]> gradients() {
      List<float[]> all = new ArrayList<>();
      for (Parameter parameter : parameters) {
        all.add(parameter.gradient().toArray(JAVA_FLOAT));
        parameter.zeroGrad();
      }
      return all;
    }

    @Override
    public void close() {
      slab.close();
    }
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual, String where) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), where + ", parameter " + i);
    }
  }

  @Test
  void lossAndGradientsAreThoseOfThePlainNetworkBitForBit() {
    try (Net net = new Net();
        Workers workers = Workers.of(2)) {
      float loss;
      try (Tape tape = Tape.open(net.slab, workers)) {
        Tensor plain = net.loss(tape, x -> chain(tape, net.layers, x));
        plain.backward();
        loss = plain.item();
      }
      List<float[]> expected = net.gradients();
      for (RecomputePlan plan :
          List.of(
              RecomputePlan.ofSquareRoot(LAYERS),
              new RecomputePlan(LAYERS, LAYERS, 1),
              new RecomputePlan(LAYERS, LAYERS, LAYERS),
              new RecomputePlan(LAYERS, 5, 2),
              new RecomputePlan(LAYERS, 0, 0))) {
        try (Tape tape = Tape.open(net.slab, workers)) {
          Tensor again = net.loss(tape, x -> Recompute.sequence(tape, net.layers, x, plan));
          again.backward();
          assertEquals(loss, again.item());
        }
        assertSame(expected, net.gradients(), "tape, " + plan);
        try (CapturedStep step =
            CapturedStep.of(
                workers,
                tape -> net.loss(tape, x -> Recompute.sequence(tape, net.layers, x, plan)))) {
          for (int run = 0; run < 3; run++) {
            assertEquals(loss, step.run());
            assertSame(expected, net.gradients(), "run " + run + ", " + plan);
          }
        }
      }
    }
  }

  @Test
  void aTensorThatIsGivenTwiceGetsBothGradients() {
    try (Slab slab = Slab.open("twice", 1 << 20);
        Tape tape = Tape.open(slab)) {
      Parameter w = Parameter.of("w", TensorLayout.of(2), slab);
      w.assign(3, 5);
      Tensor x = ElementwiseOps.relu(tape, w);
      Tensor y =
          Recompute.of(tape, (inner, in) -> ElementwiseOps.mul(inner, in.get(0), in.get(1)), x, x);
      ReduceOps.sum(tape, y).backward();
      assertArrayEquals(new float[] {6, 10}, w.gradient().toArray(JAVA_FLOAT));
    }
  }

  private static Tensor chain(Tape tape, List<Recompute.Layer> layers, Tensor x) {
    Tensor h = x;
    for (Recompute.Layer layer : layers) {
      h = layer.forward(tape, h);
    }
    return h;
  }

  @Test
  void partsNestAndMayHandTheirInputThrough() {
    try (Net net = new Net();
        Workers workers = Workers.of(1)) {
      List<List<float[]>> gradients = new ArrayList<>();
      Recompute.Layer layer = net.layers.get(0);
      for (boolean nested : new boolean[] {false, true}) {
        Function<Tape, Tensor> loss =
            tape ->
                net.loss(
                    tape,
                    x ->
                        nested
                            ? Recompute.of(
                                tape,
                                (outer, in) ->
                                    Recompute.of(
                                        outer,
                                        (inner, inside) ->
                                            ShapeOps.reshape(inner, inside.get(0), 32, 32),
                                        layer.forward(outer, in.get(0))),
                                x)
                            : layer.forward(tape, x));
        try (Tape tape = Tape.open(net.slab, workers)) {
          loss.apply(tape).backward();
        }
        gradients.add(net.gradients());
        try (CapturedStep step = CapturedStep.of(workers, loss)) {
          step.run();
          net.gradients();
          step.run();
          gradients.add(net.gradients());
        }
      }
      for (List<float[]> each : gradients) {
        assertSame(gradients.get(0), each, "nested or not");
      }
    }
  }

  /**
   * A layer is one product, so it keeps its output, S bytes. Without recomputation a captured step
   * holds n of them and two gradients. In k segments of m layers it holds at most: the output of
   * each segment, and for the one that is recomputed m values; of its gradients the one that came
   * in, its copy for the tape inside, the place of the one that goes out, and two on the way.
   */
  @Test
  void aCapturedStepNeedsTheMemoryThatThePlanPredicts() {
    try (Slab slab = Slab.open("weights", 1 << 20);
        Workers workers = Workers.of(1)) {
      Parameter w = Parameter.of("w", SHAPE, slab);
      Recompute.Layer layer = (tape, x) -> MatrixOps.matmul(tape, x, w);
      for (int n : new int[] {16, 64}) {
        List<Recompute.Layer> layers = new ArrayList<>();
        for (int i = 0; i < n; i++) {
          layers.add(layer);
        }
        long plain = bytes(workers, tape -> ReduceOps.mean(tape, chain(tape, layers, w)));
        RecomputePlan plan = RecomputePlan.ofSquareRoot(n);
        long less =
            bytes(workers, tape -> ReduceOps.mean(tape, Recompute.sequence(tape, layers, w, plan)));
        assertEquals((n + 2) * SHAPE.bytes() + 8, plain);
        long predicted = plan.bytes(SHAPE.bytes(), SHAPE.bytes());
        assertTrue(less > predicted, less + " bytes, predicted " + predicted);
        assertTrue(less <= predicted + 5 * SHAPE.bytes() + 8, less + " of " + predicted);
      }
    }
  }

  private static long bytes(Workers workers, Function<Tape, Tensor> loss) {
    try (CapturedStep step = CapturedStep.of(workers, loss)) {
      step.run();
      return step.bytes();
    }
  }

  /** A tape gives nothing back before it is closed, but a nested one does when its part is done. */
  @Test
  void aTapeNeedsLessMemoryToo() {
    int n = 64;
    long[] peaks = new long[2];
    for (int recompute = 0; recompute < 2; recompute++) {
      try (Slab slab = Slab.open("net", 1 << 20);
          Workers workers = Workers.of(1)) {
        Parameter w = Parameter.of("w", SHAPE, slab);
        List<Recompute.Layer> layers = new ArrayList<>();
        for (int i = 0; i < n; i++) {
          layers.add((tape, x) -> MatrixOps.matmul(tape, x, w));
        }
        RecomputePlan plan = new RecomputePlan(n, n * recompute, 8 * recompute);
        long before = slab.usedBytes();
        try (Tape tape = Tape.open(slab, workers)) {
          ReduceOps.mean(tape, Recompute.sequence(tape, layers, w, plan)).backward();
        }
        peaks[recompute] = slab.peakBytes() - before;
      }
    }
    // n values and n gradients, against 8 outputs and places of gradients, and inside 8 values, a
    // cotangent and 8 gradients; each buffer of a page or more may lose a page to its stagger.
    long buffer = SHAPE.bytes();
    assertTrue(peaks[0] >= 2L * n * buffer, peaks[0] + " bytes without");
    assertTrue(peaks[1] <= (4 * 8 + 3) * (buffer + 4096), peaks[1] + " bytes with recomputation");
  }

  @Test
  void anInputThatWasChangedInBetweenIsRefused() {
    try (Net net = new Net();
        Tape tape = Tape.open(net.slab, Workers.shared())) {
      Parameter w = net.parameters.get(0);
      Tensor y = Recompute.of(tape, (inner, in) -> ElementwiseOps.gelu(inner, in.get(0)), w);
      w.changed();
      String text =
          String.valueOf(
              assertThrows(IllegalStateException.class, () -> ReduceOps.mean(tape, y).backward())
                  .getMessage());
      assertTrue(text.startsWith("recompute saved a tensor of 32x32 at version 1 "), text);
    }
  }

  @Property(tries = 200)
  void aPlanWithinABudgetKeepsIt(
      @ForAll @IntRange(min = 1, max = 40) int layers,
      @ForAll @IntRange(min = 1, max = 100) int layerBytes,
      @ForAll @IntRange(min = 1, max = 100) int inputBytes,
      @ForAll @IntRange(min = 0, max = 4000) int spare) {
    long least = Long.MAX_VALUE;
    for (int segments = 1; segments <= layers; segments++) {
      RecomputePlan plan = new RecomputePlan(layers, layers, segments);
      least = Math.min(least, plan.bytes(layerBytes, inputBytes));
      assertEquals(0, plan.begin(0));
      assertEquals(layers, plan.begin(segments));
    }
    least = Math.min(least, (long) layers * layerBytes);
    long budget = least + spare;
    RecomputePlan plan = RecomputePlan.within(budget, layers, layerBytes, inputBytes);
    assertTrue(plan.bytes(layerBytes, inputBytes) <= budget);
    if ((long) layers * layerBytes <= budget) {
      assertEquals(0, plan.recomputed(), "all fits");
    }
  }

  @Test
  void plansThatCannotBeAreRefused() {
    assertEquals(
        "5 layers cannot be split into 6 segments: give each at least one layer, and no segments to"
            + " no layers",
        assertThrows(IllegalArgumentException.class, () -> new RecomputePlan(7, 5, 6))
            .getMessage());
    assertEquals(
        "of 3 layers 4 are to be recomputed: ask for 0 to all",
        assertThrows(IllegalArgumentException.class, () -> new RecomputePlan(3, 4, 1))
            .getMessage());
    assertEquals(
        "a budget of 79 bytes is too small for 16 layers of 10 bytes with inputs of 10: give at"
            + " least 80",
        assertThrows(IllegalArgumentException.class, () -> RecomputePlan.within(79, 16, 10, 10))
            .getMessage());
    try (Net net = new Net();
        Tape tape = Tape.open(net.slab, Workers.shared())) {
      assertEquals(
          "the plan is for 4 layers, 9 are given: make a plan for their number",
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      Recompute.sequence(
                          tape, net.layers, net.parameters.get(0), RecomputePlan.ofSquareRoot(4)))
              .getMessage());
      assertThrows(IllegalStateException.class, () -> tape.closeReturning(net.parameters.get(0)));
    }
  }
}
