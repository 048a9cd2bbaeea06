package dev.lanewise.autograd.diagnosis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.diagnosis.Verdict.Kind;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where each verdict begins. */
@Tag("once")
final class VerdictTest {
  private static final double NONE = Double.NaN;

  private static LayerSample layer(String name, double gradient, double dead, double update) {
    return new LayerSample(name, 1, gradient, dead, 1, 1, update);
  }

  private static Verdict verdict(LayerSample... layers) {
    return new Sample(0, List.of(layers)).verdict();
  }

  private static void assertVerdict(Kind kind, String layer, Verdict verdict) {
    assertEquals(kind, verdict.kind(), verdict.text());
    assertEquals(layer, verdict.layer());
  }

  @Test
  void gradientsThatShrinkToLessThanAThousandthVanishIfStepsAreSmallToo() {
    LayerSample last = layer("last", 1, 0, 1e-3);
    assertVerdict(Kind.HEALTHY, "", verdict(layer("a", 1.1e-3, 0, 1e-9), last));
    assertVerdict(Kind.VANISHING, "a", verdict(layer("a", 0.9e-3, 0, 0.9e-5), last));
    assertVerdict(Kind.HEALTHY, "", verdict(layer("a", 0.9e-3, 0, 1.1e-5), last));
    LayerSample fast = layer("last", 1, 0, 0.1);
    assertVerdict(Kind.VANISHING, "a", verdict(layer("a", 0.9e-3, 0, 0.9e-4), fast));
    assertVerdict(Kind.VANISHING, "a", verdict(layer("a", 0.9e-3, 0, NONE), last));
  }

  @Test
  void theLayerNearestToTheLossIsNamedAndTheFactorOfEach() {
    Verdict verdict =
        verdict(
            layer("a", 1e-6, 0, 0),
            layer("b", 1e-4, 0, 0),
            layer("c", 1e-2, 0, 0),
            layer("d", 1, 0, 1e-3));
    assertVerdict(Kind.VANISHING, "b", verdict);
    assertTrue(
        verdict
            .text()
            .startsWith(
                "gradients vanish: at \"b\" the norm is 0.00010 times that at \"d\", a factor of"
                    + " 0.010 with each of 2 layers: put residual connections"),
        verdict.text());
  }

  @Test
  void gradientsThatGrowToMoreThanAThousandExplodeIfStepsAreLargeToo() {
    LayerSample last = layer("last", 1, 0, 1e-3);
    assertVerdict(Kind.EXPLODING, "a", verdict(layer("a", 1_100, 0, 0.6), last));
    assertVerdict(Kind.EXPLODING, "a", verdict(layer("a", 1_100, 0, NONE), last));
    assertVerdict(Kind.HEALTHY, "", verdict(layer("a", 1_100, 0, 0.4), last));
    assertVerdict(Kind.STEP_TOO_LARGE, "a", verdict(layer("a", 900, 0, 0.6), last));
  }

  @Test
  void halfOfTheUnitsMayRestAndHalfOfAMatrixMayChange() {
    assertVerdict(Kind.HEALTHY, "", verdict(layer("a", 1, 0.5, 0.5)));
    assertVerdict(Kind.DEAD_UNITS, "a", verdict(layer("a", 1, 0.51, 0.51)));
    assertVerdict(Kind.STEP_TOO_LARGE, "a", verdict(layer("a", 1, NONE, 0.51)));
  }

  @Test
  void whatIsNotFiniteComesFirstAndSaysWhereItIs() {
    double infinite = Double.POSITIVE_INFINITY;
    Verdict weights = verdict(new LayerSample("a", infinite, 1, 1, infinite, infinite, infinite));
    assertVerdict(Kind.NOT_FINITE, "a", weights);
    assertTrue(weights.text().startsWith("parameters of \"a\" are NaN or infinite"));
    Verdict activations = verdict(new LayerSample("a", infinite, NONE, NONE, 1, 1, 1));
    assertTrue(activations.text().startsWith("activations of \"a\""), activations.text());
    Verdict gradients = verdict(new LayerSample("a", 1, infinite, NONE, 1, 1, 1));
    assertTrue(gradients.text().startsWith("gradients of \"a\""), gradients.text());
  }

  @Test
  void aStepWithoutGradientsIsNoVerdict() {
    assertVerdict(Kind.HEALTHY, "", verdict(layer("a", 0, 0, 0), layer("b", 0, 0, 0)));
    assertVerdict(Kind.HEALTHY, "", verdict(layer("a", NONE, NONE, NONE)));
  }
}
