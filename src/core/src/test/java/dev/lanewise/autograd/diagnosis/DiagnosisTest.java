package dev.lanewise.autograd.diagnosis;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.ElementwiseOps;
import dev.lanewise.autograd.LossOps;
import dev.lanewise.autograd.MatrixOps;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.recompute.Recompute;
import dev.lanewise.autograd.rows.ReduceOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.parallel.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once")
final class DiagnosisTest {
  private static final int ROWS = 20;
  private static final int WIDTH = 6;

  private final Slab slab = Slab.open("diagnosis", 1 << 20);
  private final Parameter first = random("net.first.weight", WIDTH, WIDTH);
  private final Parameter bias = random("net.first.bias", WIDTH);
  private final Parameter last = random("last", 3, WIDTH);
  private final float[] input = values(new Random(9), ROWS * WIDTH);

  @AfterEach
  void close() {
    slab.close();
  }

  private Parameter random(String name, long... dims) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(dims), slab);
    parameter.assign(values(new Random(dims.length), parameter.layout().elements()));
    return parameter;
  }

  private static float[] values(Random random, long n) {
    float[] values = new float[Math.toIntExact(n)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private List<Parameter> parameters() {
    return List.of(first, bias, last);
  }

  /** What is measured, by the plain means of the tape. */
  private final List<float[]> seen = new ArrayList<>();

  private Tensor loss(Tape tape, boolean look) {
    Tensor x = tape.constant(TensorLayout.of(ROWS, WIDTH), input);
    Tensor h = MatrixOps.linear(tape, x, first, bias);
    Tensor y = MatrixOps.linear(tape, ElementwiseOps.relu(tape, h), last, null);
    if (look) {
      seen.add(h.toArray());
      seen.add(y.toArray());
      y.onGradient(dy -> seen.add(dy.toArray(JAVA_FLOAT)));
      h.onGradient(dy -> seen.add(dy.toArray(JAVA_FLOAT)));
    }
    int[] targets = new int[ROWS];
    for (int i = 0; i < ROWS; i++) {
      targets[i] = i % 3;
    }
    return LossOps.crossEntropyMean(tape, y, tape.ints(targets));
  }

  private static double norm(float... values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  private boolean halve() {
    for (Parameter parameter : parameters()) {
      float[] values = parameter.toArray();
      for (int i = 0; i < values.length; i++) {
        values[i] /= 2;
      }
      parameter.assign(values);
      parameter.zeroGrad();
    }
    return true;
  }

  private Sample sample(Workers workers) {
    Diagnosis diagnosis = Diagnosis.of(parameters()).every(3);
    try (Tape tape = diagnosis.open(slab, workers, null)) {
      loss(tape, false).backward();
    }
    assertTrue(diagnosis.step(this::halve));
    return diagnosis.samples().getFirst();
  }

  @Test
  void eachLayerIsToldByItsNormsOfActivationsGradientsAndUpdates() {
    try (Tape tape = Tape.open(slab)) {
      loss(tape, true).backward();
    }
    double weightGradient =
        Math.hypot(
            norm(first.gradient().toArray(JAVA_FLOAT)), norm(bias.gradient().toArray(JAVA_FLOAT)));
    double weight = Math.hypot(norm(first.toArray()), norm(bias.toArray()));
    parameters().forEach(Parameter::zeroGrad);
    Sample sample = sample(Workers.shared());
    assertEquals(0, sample.step());
    List<LayerSample> layers = sample.layers();
    assertEquals(List.of("net.first", "last"), layers.stream().map(LayerSample::layer).toList());
    // Sums in double precision of the same floats: some hundred roundings of 2^-53.
    double tolerance = 1e-12;
    LayerSample net = layers.getFirst();
    assertEquals(norm(seen.get(0)) / Math.sqrt(ROWS * WIDTH), net.activation(), tolerance);
    assertEquals(norm(seen.get(1)) / Math.sqrt(ROWS * 3), layers.get(1).activation(), tolerance);
    assertEquals(norm(seen.get(2)), layers.get(1).gradient(), tolerance);
    assertEquals(norm(seen.get(3)), net.gradient(), tolerance);
    assertEquals(weightGradient, net.weightGradient(), tolerance);
    assertEquals(weight, net.weight(), tolerance);
    assertEquals(0.5, net.update(), 0, "every value was halved, which is exact");
    assertEquals(0, net.deadUnits());
    assertEquals(Verdict.Kind.HEALTHY, sample.verdict().kind());
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    float[][] start = parameters().stream().map(Parameter::toArray).toArray(float[][]::new);
    List<Sample> samples = new ArrayList<>();
    for (int threads : new int[] {1, 2, 3, 7}) {
      for (int i = 0; i < start.length; i++) {
        parameters().get(i).assign(start[i]);
      }
      try (Workers workers = Workers.of(threads)) {
        samples.add(sample(workers));
      }
    }
    for (Sample sample : samples) {
      assertEquals(samples.getFirst(), sample);
    }
  }

  @Test
  void onlyEveryNthStepIsLookedAtAndTheOthersArePlain() {
    Diagnosis diagnosis = Diagnosis.of(parameters()).every(3).from(6);
    for (int step = 0; step < 7; step++) {
      assertEquals(step % 3 == 0, diagnosis.isLooking());
      try (Tape tape = diagnosis.open(slab)) {
        loss(tape, false).backward();
      }
      assertTrue(diagnosis.step(this::halve));
    }
    assertEquals(List.of(6L, 9L, 12L), diagnosis.samples().stream().map(Sample::step).toList());
  }

  @Test
  void aLongTrainingKeepsASampleOfItsSteps() {
    Diagnosis diagnosis = Diagnosis.of(parameters()).every(1);
    for (int step = 0; step < 2_500; step++) {
      try (Tape tape = diagnosis.open(slab)) {
        loss(tape, false).backward();
      }
      diagnosis.step(() -> true);
    }
    List<Sample> samples = diagnosis.samples();
    assertTrue(samples.size() > 500 && samples.size() <= 1_000, samples.size() + " samples");
    for (int i = 0; i < samples.size(); i++) {
      assertEquals(4L * i, samples.get(i).step());
    }
  }

  @Test
  void ofTapesWhoseGradientsAreSummedTheFirstIsLookedAt() {
    Diagnosis diagnosis = Diagnosis.of(parameters());
    for (int part = 0; part < 2; part++) {
      try (Tape tape = diagnosis.open(slab)) {
        loss(tape, false).backward();
      }
    }
    double both = norm(last.gradient().toArray(JAVA_FLOAT));
    assertFalse(diagnosis.step(() -> false), "what the optimizer says is handed on");
    assertEquals(1, diagnosis.samples().size());
    assertEquals(both, diagnosis.samples().getFirst().layers().get(1).weightGradient(), 1e-12);
  }

  @Test
  void unitsThatNoRowReachesAreDeadAndNameTheirLayer() {
    float[] low = new float[WIDTH];
    for (int i = 0; i < 4; i++) {
      low[i] = -100;
    }
    bias.assign(low);
    LayerSample net = sample(Workers.shared()).layers().getFirst();
    assertEquals(4.0 / WIDTH, net.deadUnits());
    bias.assign(low);
    Verdict verdict = sample(Workers.shared()).verdict();
    assertEquals(Verdict.Kind.DEAD_UNITS, verdict.kind());
    assertEquals("net.first", verdict.layer());
    assertTrue(verdict.text().startsWith("67 % of the units of \"net.first\""), verdict.text());
  }

  @Test
  void aNanIsToldWithItsLayerAndTheWayToFindIt() {
    float[] values = last.toArray();
    values[1] = Float.NaN;
    last.assign(values);
    Verdict verdict = sample(Workers.shared()).verdict();
    assertEquals(Verdict.Kind.NOT_FINITE, verdict.kind());
    assertTrue(verdict.text().contains("Anomalies.open"), verdict.text());
  }

  @Test
  void whatIsNotThereToMeasureIsNaNAndEmptyInTheTable() {
    Parameter unused = Parameter.of("unused.bias", TensorLayout.of(2), slab);
    Parameter scalar = Parameter.of("scale", TensorLayout.of(), slab);
    scalar.assign(2);
    Diagnosis diagnosis = Diagnosis.of(List.of(unused, scalar));
    assertThrows(IllegalStateException.class, diagnosis::verdict);
    try (Tape tape = diagnosis.open(slab)) {
      ElementwiseOps.mul(tape, scalar, scalar).backward();
    }
    diagnosis.step(() -> true);
    for (LayerSample layer : diagnosis.samples().getFirst().layers()) {
      assertTrue(Double.isNaN(layer.activation()) && Double.isNaN(layer.gradient()));
      assertTrue(Double.isNaN(layer.deadUnits()));
    }
    assertTrue(Double.isNaN(diagnosis.samples().getFirst().layers().getFirst().update()));
    String table = diagnosis.table();
    assertTrue(table.contains("scale") && table.contains("4.00e+00"), table);
    assertTrue(table.contains("step 0: healthy"), table);
    assertFalse(table.contains("NaN"), table);
  }

  @Test
  void aPartThatIsComputedAgainIsSeenInBackward() {
    Diagnosis diagnosis = Diagnosis.of(parameters());
    try (Tape tape = diagnosis.open(slab)) {
      Tensor x = tape.constant(TensorLayout.of(ROWS, WIDTH), input);
      Tensor y =
          Recompute.of(tape, (inner, in) -> MatrixOps.linear(inner, in.getFirst(), first, bias), x);
      ReduceOps.sum(tape, ElementwiseOps.mul(tape, y, y)).backward();
    }
    diagnosis.step(() -> true);
    LayerSample net = diagnosis.samples().getFirst().layers().getFirst();
    assertTrue(net.activation() > 0 && net.gradient() > 0, net.toString());
  }

  @Test
  void aModelThatIsLookedAtGetsTheSameGradients() {
    List<float[]> gradients = new ArrayList<>();
    Diagnosis diagnosis = Diagnosis.of(parameters()).every(1);
    for (int i = 0; i < 2; i++) {
      try (Tape tape = i == 0 ? Tape.open(slab) : diagnosis.open(slab)) {
        loss(tape, false).backward();
      }
      gradients.add(first.gradient().toArray(JAVA_FLOAT));
      parameters().forEach(Parameter::zeroGrad);
    }
    assertArrayEquals(gradients.get(0), gradients.get(1));
  }

  @Test
  void badInputIsRefusedInASentence() {
    assertEquals(
        "there are no parameters to look at: give at least one",
        assertThrows(IllegalArgumentException.class, () -> Diagnosis.of(List.of())).getMessage());
    Diagnosis diagnosis = Diagnosis.of(parameters());
    assertEquals(
        "steps = 0: want 1 or more",
        assertThrows(IllegalArgumentException.class, () -> diagnosis.every(0)).getMessage());
    assertEquals(
        "step = -1: want 0 or more",
        assertThrows(IllegalArgumentException.class, () -> diagnosis.from(-1)).getMessage());
  }
}
