package dev.lanewise.ops.conv;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.parallel.Workers;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.GuardedFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolution against a direct loop over all options, its gradients, bits and errors. */
class Conv2dTest {
  private static final double ULP = 0x1p-24;
  private static final Workers ONE = Workers.of(1);

  /** Every option by itself and with the others, channels around the vector widths, tall images. */
  static List<ConvShape> shapes() {
    List<ConvShape> shapes = new ArrayList<>();
    for (int kernel : new int[] {1, 2, 3}) {
      for (int stride : new int[] {1, 2, 3}) {
        for (int padding : new int[] {0, 1, 2}) {
          for (int dilation : new int[] {1, 2}) {
            shapes.add(
                ConvShape.of(2, 7, 9, 4, 6, kernel, kernel)
                    .stride(stride, stride)
                    .padding(padding, padding)
                    .dilation(dilation, dilation)
                    .groups(1 + (kernel + stride + padding + dilation) % 2));
          }
        }
      }
    }
    for (int kernel : new int[] {1, 3}) {
      for (int stride : new int[] {1, 2, 3}) {
        for (int padding : new int[] {0, 2}) {
          for (int dilation : new int[] {1, 2}) {
            shapes.add(
                ConvShape.of(2, 6, 24, 36, 42, kernel, kernel)
                    .stride(1 + stride % 2, stride)
                    .padding(padding, padding)
                    .dilation(dilation, dilation)
                    .groups(1 + (kernel + stride + padding + dilation) % 3 % 2));
          }
        }
      }
    }
    for (int channels : new int[] {1, 3, 15, 16, 17, 33}) {
      shapes.add(ConvShape.of(3, 8, 8, channels, 16, 3, 3).padding(1, 1));
      shapes.add(ConvShape.of(1, 5, 11, 16, channels, 3, 3).padding(1, 1).stride(2, 2));
      shapes.add(ConvShape.of(2, 6, 6, channels, channels, 3, 3).padding(1, 1).groups(channels));
    }
    for (int width : new int[] {1, 2, 3, 4, 5, 7, 12, 13}) {
      shapes.add(narrow(2, width, 3, 16, 1, 1));
      shapes.add(narrow(2, width, 8, 17, 1, 1));
      shapes.add(narrow(1, width, 8, 16, 2, 2));
      shapes.add(narrow(1, width, 8, 16, 2, 1));
    }
    shapes.add(ConvShape.of(1, 1, 200, 8, 5, 1, 7).padding(0, 3));
    shapes.add(ConvShape.of(1, 40, 3, 2, 3, 5, 2).padding(4, 0).stride(1, 2).dilation(2, 1));
    shapes.add(ConvShape.of(2, 3, 3, 2, 2, 3, 3).padding(5, 5));
    shapes.add(ConvShape.of(2, 9, 24, 5, 18, 2, 6).padding(3, 2));
    shapes.add(ConvShape.of(1, 12, 24, 4, 17, 9, 9).padding(4, 4).stride(3, 3));
    shapes.add(ConvShape.of(2, 3, 16, 3, 16, 3, 3).padding(5, 1));
    shapes.add(ConvShape.of(1, 2, 2, 70, 40, 2, 2));
    shapes.add(ConvShape.of(0, 8, 8, 4, 4, 3, 3));
    shapes.add(ConvShape.of(1, 1, 1, 1, 1, 1, 1));
    return shapes;
  }

  /** A kernel of 3 x 3 with padding, which the narrowest images need to have an output. */
  private static ConvShape narrow(
      int samples, int width, int channels, int outputs, int strideY, int strideX) {
    return new ConvShape(
        samples, 13, width, channels, outputs, 3, 3, strideY, strideX, 1, 1, 1, 1, 1);
  }

  private static double[] random(long n, long seed) {
    return new SplittableRandom(seed).doubles(n, -1, 1).map(value -> (float) value).toArray();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static GuardedFloats copy(double[] values) {
    return GuardedFloats.copyOf(floats(values));
  }

  private static double[] magnitudes(double[] values) {
    return Arrays.stream(values).map(Math::abs).toArray();
  }

  /** The bound of the class documentation for chains of so many terms. */
  private static void assertWithin(
      double[] expected, double[] magnitude, double terms, float[] actual) {
    assertEquals(expected.length, actual.length);
    double gamma = (terms + 2) * ULP / (1 - (terms + 2) * ULP);
    for (int i = 0; i < actual.length; i++) {
      assertEquals(expected[i], actual[i], gamma * magnitude[i] + Float.MIN_VALUE, "element " + i);
    }
  }

  private static float[] forward(
      ConvShape shape, double[] x, double[] weight, double[] bias, Workers workers) {
    try (GuardedFloats xs = copy(x);
        GuardedFloats ws = copy(weight);
        GuardedFloats bs = copy(bias);
        GuardedFloats ys = GuardedFloats.of((int) shape.outputElements())) {
      Conv2d.forward(shape, xs.segment(), ws.segment(), bs.segment(), ys.segment(), workers);
      ys.assertGuardsIntact();
      return ys.toArray();
    }
  }

  private static float[] backwardData(
      ConvShape shape, double[] dy, double[] weight, float beta, double[] before, Workers workers) {
    try (GuardedFloats dys = copy(dy);
        GuardedFloats ws = copy(weight);
        GuardedFloats dxs = copy(before);
        GuardedFloats turned = GuardedFloats.of((int) shape.weightElements())) {
      Conv2d.backwardData(
          shape, dys.segment(), ws.segment(), beta, dxs.segment(), turned.segment(), workers);
      dxs.assertGuardsIntact();
      turned.assertGuardsIntact();
      return dxs.toArray();
    }
  }

  private static float[] backwardWeight(
      ConvShape shape, double[] x, double[] dy, float beta, double[] before, Workers workers) {
    try (GuardedFloats xs = copy(x);
        GuardedFloats dys = copy(dy);
        GuardedFloats dws = copy(before)) {
      Conv2d.backwardWeight(shape, xs.segment(), dys.segment(), beta, dws.segment(), workers);
      dws.assertGuardsIntact();
      return dws.toArray();
    }
  }

  private static double[] nan(long n) {
    double[] values = new double[(int) n];
    Arrays.fill(values, Double.NaN);
    return values;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void forwardIsTheSumOfTheDefinition(ConvShape shape) {
    double[] x = random(shape.inputElements(), 1);
    double[] weight = random(shape.weightElements(), 2);
    double[] bias = random(shape.outChannels(), 3);
    double[] expected = DirectConvolution.forward(shape, x, weight);
    double[] magnitude = DirectConvolution.forward(shape, magnitudes(x), magnitudes(weight));
    for (int i = 0; i < expected.length; i++) {
      expected[i] += bias[i % bias.length];
      magnitude[i] += Math.abs(bias[i % bias.length]);
    }
    assertWithin(expected, magnitude, shape.patch(), forward(shape, x, weight, bias, ONE));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void backwardDataIsTheSumOfTheDefinitionAndOverwritesNaN(ConvShape shape) {
    double[] dy = random(shape.outputElements(), 4);
    double[] weight = random(shape.weightElements(), 5);
    assertWithin(
        DirectConvolution.backwardData(shape, dy, weight),
        DirectConvolution.backwardData(shape, magnitudes(dy), magnitudes(weight)),
        (double) shape.kernelHeight() * shape.kernelWidth() * shape.outChannels(),
        backwardData(shape, dy, weight, 0f, nan(shape.inputElements()), ONE));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void backwardWeightIsTheSumOfTheDefinitionAndOverwritesNaN(ConvShape shape) {
    double[] x = random(shape.inputElements(), 6);
    double[] dy = random(shape.outputElements(), 7);
    assertWithin(
        DirectConvolution.backwardWeight(shape, x, dy),
        DirectConvolution.backwardWeight(shape, magnitudes(x), magnitudes(dy)),
        shape.outPixels(),
        backwardWeight(shape, x, dy, 0f, nan(shape.weightElements()), ONE));
  }

  /** Whatever path a shape takes: the bits of the chains of the class documentation. */
  @ParameterizedTest
  @MethodSource({"shapes", "largeShapes", "splitShapes", "shapesInParts"})
  void bitsAreThoseOfTheChains(ConvShape shape) {
    double[] x = random(shape.inputElements(), 20);
    double[] dy = random(shape.outputElements(), 21);
    double[] weight = random(shape.weightElements(), 22);
    double[] bias = random(shape.outChannels(), 23);
    assertArrayEquals(
        DirectConvolution.chainForward(shape, floats(x), floats(weight), floats(bias)),
        forward(shape, x, weight, bias, ONE));
    double[] beforeX = random(shape.inputElements(), 24);
    float[] dx = new float[beforeX.length];
    DirectConvolution.chainBackwardData(shape, floats(dy), floats(weight), dx);
    assertArrayEquals(dx, backwardData(shape, dy, weight, 0f, nan(dx.length), ONE));
    float[] sumX = floats(beforeX);
    DirectConvolution.chainBackwardData(shape, floats(dy), floats(weight), sumX);
    assertArrayEquals(sumX, backwardData(shape, dy, weight, 1f, beforeX, ONE));
    double[] beforeW = random(shape.weightElements(), 25);
    float[] dWeight = new float[beforeW.length];
    DirectConvolution.chainBackwardWeight(shape, floats(x), floats(dy), dWeight);
    assertArrayEquals(dWeight, backwardWeight(shape, x, dy, 0f, nan(dWeight.length), ONE));
    float[] sumW = floats(beforeW);
    DirectConvolution.chainBackwardWeight(shape, floats(x), floats(dy), sumW);
    assertArrayEquals(sumW, backwardWeight(shape, x, dy, 1f, beforeW, ONE));
  }

  /** The order of a sum hangs on it: these answers hold at every width of vectors. */
  @Test
  void whetherTilesServeFollowsFromTheShapeAlone() {
    for (int width : new int[] {3, 4, 5, 6, 8, 9, 11, 12, 16, 17, 18}) {
      ConvShape shape = ConvShape.of(2, 8, width, 4, 4, 3, 3).padding(1, 1);
      boolean expected = width % 8 == 0 || width == 6 || width == 12 || width == 18;
      assertEquals(expected, Conv2d.servesForward(shape), "width " + width);
      assertEquals(expected, Conv2d.servesBackwardData(shape), "width " + width);
    }
    assertTrue(Conv2d.servesBackwardData(ConvShape.of(2, 9, 9, 4, 4, 3, 3).stride(1, 2)));
    for (int channels : new int[] {568, 569}) {
      ConvShape shape = ConvShape.of(1, 8, 8, channels, channels, 3, 3).padding(1, 1);
      assertEquals(channels == 568, Conv2d.servesForward(shape), channels + " channels");
      assertEquals(channels == 568, Conv2d.servesBackwardData(shape), channels + " channels");
    }
  }

  @Test
  void partsOfTheSamplesFollowFromTheShapeAlone() {
    ConvShape images = ConvShape.of(64, 32, 32, 16, 16, 3, 3).padding(1, 1);
    assertEquals(8, WeightCall.parts(images));
    assertEquals(4, WeightCall.parts(ConvShape.of(64, 8, 8, 64, 64, 3, 3).padding(1, 1)));
    assertEquals(2, WeightCall.parts(ConvShape.of(64, 16, 16, 128, 128, 3, 3).padding(1, 1)));
    assertEquals(1, WeightCall.parts(ConvShape.of(64, 16, 16, 512, 512, 3, 3).padding(1, 1)));
    assertEquals(1, WeightCall.parts(ConvShape.of(1, 64, 64, 16, 16, 3, 3)));
    assertEquals(1, WeightCall.parts(ConvShape.of(0, 64, 64, 16, 16, 3, 3)));
  }

  /** Several samples of many pixels: by tiles, by products, by groups, with an uneven last part. */
  static List<ConvShape> shapesInParts() {
    return List.of(
        ConvShape.of(5, 25, 25, 16, 16, 3, 3).padding(1, 1),
        ConvShape.of(3, 40, 37, 3, 9, 3, 3).padding(1, 1),
        ConvShape.of(7, 34, 33, 8, 12, 3, 2).padding(1, 1).stride(2, 1).groups(2));
  }

  /** Of each of weights, images and gradients more than is packed at a time. */
  static List<ConvShape> splitShapes() {
    return List.of(
        ConvShape.of(1, 9, 10, 132, 150, 3, 3).padding(1, 1),
        ConvShape.of(1, 9, 9, 150, 132, 3, 3).padding(1, 1).stride(2, 2),
        ConvShape.of(1, 62, 70, 18, 4, 3, 3).padding(1, 1),
        ConvShape.of(1, 5, 600, 9, 9, 2, 3).stride(2, 1),
        ConvShape.of(5, 1, 2100, 16, 8, 1, 3),
        ConvShape.of(1, 12, 12, 600, 2, 3, 3),
        new ConvShape(1, 2, 8, 1, 5, 33, 33, 1, 1, 17, 17, 1, 1, 1));
  }

  /**
   * Products that underflow leave a negative zero, and a zero beside the images would make it a
   * positive one, if it is multiplied. So zeros are positive in tiles, where not all of them are; a
   * matrix product multiplies them all, and the sum with no bias must not change the sign.
   */
  @Test
  void zerosArePositiveInTilesAndKeepTheirSignInProducts() {
    for (int channels : new int[] {1, 2}) {
      ConvShape tiles = ConvShape.of(1, 8, 8, channels, 20, 3, 3).padding(1, 1);
      assertTrue(Conv2d.servesForward(tiles));
      assertZeros(tiles, 0f, null);
      assertZeros(tiles, 0f, -0d);
      double[] dy = new double[(int) tiles.outputElements()];
      double[] weight = new double[(int) tiles.weightElements()];
      double[] before = new double[(int) tiles.inputElements()];
      Arrays.fill(dy, -1e-30f);
      Arrays.fill(weight, 1e-30f);
      Arrays.fill(before, -0d);
      for (float beta : new float[] {0f, 1f}) {
        assertArrayEquals(
            new float[before.length], backwardData(tiles, dy, weight, beta, before, ONE));
      }
      ConvShape product = ConvShape.of(1, 8, 9, channels, 20, 1, 1);
      assertFalse(Conv2d.servesForward(product));
      assertZeros(product, -0f, null);
      assertZeros(product, -0f, -0d);
      assertZeros(product, 0f, 0d);
    }
  }

  private static void assertZeros(ConvShape shape, float zero, @Nullable Double bias) {
    double[] x = new double[(int) shape.inputElements()];
    double[] weight = new double[(int) shape.weightElements()];
    double[] biases = new double[shape.outChannels()];
    Arrays.fill(x, -1e-30f);
    Arrays.fill(weight, 1e-30f);
    Arrays.fill(biases, bias == null ? 0 : bias);
    float[] expected = new float[(int) shape.outputElements()];
    Arrays.fill(expected, zero);
    try (GuardedFloats xs = copy(x);
        GuardedFloats ws = copy(weight);
        GuardedFloats bs = copy(biases);
        GuardedFloats ys = GuardedFloats.of(expected.length)) {
      MemorySegment b = bias == null ? null : bs.segment();
      Conv2d.forward(shape, xs.segment(), ws.segment(), b, ys.segment(), ONE);
      ys.assertGuardsIntact();
      assertArrayEquals(expected, ys.toArray());
    }
  }

  @Test
  void anInfinityReachesThePixelsThatSeeItAndNoOther() {
    for (int stride : new int[] {1, 2}) {
      ConvShape shape = ConvShape.of(2, 10, 16, 17, 16, 3, 3).padding(1, 1).stride(stride, stride);
      double[] x = random(shape.inputElements(), 26);
      double[] dy = random(shape.outputElements(), 27);
      double[] weight = random(shape.weightElements(), 28);
      x[((10 + 3) * 16 + 5) * 17 + 2] = Double.POSITIVE_INFINITY;
      dy[((shape.outHeight() + 2) * shape.outWidth() + 3) * 16 + 4] = Double.NaN;
      assertSameFinite(
          DirectConvolution.forward(shape, x, weight),
          forward(shape, x, weight, new double[shape.outChannels()], ONE));
      assertSameFinite(
          DirectConvolution.backwardData(shape, dy, weight),
          backwardData(shape, dy, weight, 0f, nan(shape.inputElements()), ONE));
      assertSameFinite(
          DirectConvolution.backwardWeight(shape, x, dy),
          backwardWeight(shape, x, dy, 0f, nan(shape.weightElements()), ONE));
    }
  }

  /** Also through the zeros around the images, which finite weights are not multiplied with. */
  @Test
  void aWeightThatIsNaNReachesEveryElementOfItsChannel() {
    ConvShape shape = ConvShape.of(2, 8, 8, 4, 33, 3, 3).padding(1, 1);
    assertTrue(Conv2d.servesForward(shape) && Conv2d.servesBackwardData(shape));
    double[] x = random(shape.inputElements(), 29);
    double[] dy = random(shape.outputElements(), 31);
    double[] weight = random(shape.weightElements(), 30);
    for (int element = 0; element < 9; element++) {
      double[] changed = weight.clone();
      changed[(2 * 9 + element) * 4 + 3] = element == 4 ? Double.NEGATIVE_INFINITY : Double.NaN;
      float[] y = forward(shape, x, changed, new double[33], ONE);
      for (int i = 0; i < y.length; i++) {
        assertEquals(i % 33 != 2, Float.isFinite(y[i]), "element " + i);
      }
      float[] dx = backwardData(shape, dy, changed, 0f, nan(shape.inputElements()), ONE);
      for (int i = 0; i < dx.length; i++) {
        assertEquals(i % 4 != 3, Float.isFinite(dx[i]), "element " + i);
      }
    }
  }

  private static void assertSameFinite(double[] expected, float[] actual) {
    for (int i = 0; i < actual.length; i++) {
      assertEquals(Double.isFinite(expected[i]), Float.isFinite(actual[i]), "element " + i);
    }
  }

  @Test
  void gradientsAccumulateOnRequest() {
    ConvShape shape = ConvShape.of(2, 9, 9, 8, 12, 3, 3).padding(1, 1).stride(2, 2);
    double[] x = random(shape.inputElements(), 8);
    double[] dy = random(shape.outputElements(), 9);
    double[] weight = random(shape.weightElements(), 10);
    double[] dx = DirectConvolution.backwardData(shape, dy, weight);
    double[] beforeX = random(shape.inputElements(), 11);
    float[] sumX = backwardData(shape, dy, weight, 1f, beforeX, ONE);
    for (int i = 0; i < dx.length; i++) {
      assertEquals(beforeX[i] + dx[i], sumX[i], 1e-4, "dx " + i);
    }
    double[] dWeight = DirectConvolution.backwardWeight(shape, x, dy);
    double[] beforeW = random(shape.weightElements(), 12);
    float[] sumW = backwardWeight(shape, x, dy, 1f, beforeW, ONE);
    for (int i = 0; i < dWeight.length; i++) {
      assertEquals(beforeW[i] + dWeight[i], sumW[i], 1e-4, "dWeight " + i);
    }
  }

  /** Sizes of several blocks of rows, columns and terms. */
  static List<ConvShape> largeShapes() {
    return List.of(
        ConvShape.of(4, 33, 31, 16, 16, 3, 3).padding(1, 1),
        ConvShape.of(3, 16, 17, 64, 70, 3, 3).padding(1, 1).stride(2, 1),
        ConvShape.of(2, 12, 12, 32, 48, 5, 5).padding(2, 2).dilation(1, 2).groups(4),
        ConvShape.of(1, 1, 700, 24, 130, 1, 9).padding(0, 4));
  }

  @ParameterizedTest
  @MethodSource("largeShapes")
  void wholeNumbersAreExactAndThreadsChangeNoBit(ConvShape shape) {
    SplittableRandom random = new SplittableRandom(13);
    double[] x = random.ints(shape.inputElements(), -3, 4).asDoubleStream().toArray();
    double[] weight = random.ints(shape.weightElements(), -3, 4).asDoubleStream().toArray();
    double[] dy = random.ints(shape.outputElements(), -3, 4).asDoubleStream().toArray();
    double[] zero = new double[shape.outChannels()];
    float[] y = floats(DirectConvolution.forward(shape, x, weight));
    float[] dx = floats(DirectConvolution.backwardData(shape, dy, weight));
    float[] dWeight = floats(DirectConvolution.backwardWeight(shape, x, dy));
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        assertArrayEquals(y, forward(shape, x, weight, zero, workers));
        assertArrayEquals(
            dx, backwardData(shape, dy, weight, 0f, nan(shape.inputElements()), workers));
        assertArrayEquals(
            dWeight, backwardWeight(shape, x, dy, 0f, nan(shape.weightElements()), workers));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("largeShapes")
  void roundingIsTheSameOnAnyNumberOfThreads(ConvShape shape) {
    double[] x = random(shape.inputElements(), 14);
    double[] weight = random(shape.weightElements(), 15);
    double[] dy = random(shape.outputElements(), 16);
    double[] bias = random(shape.outChannels(), 17);
    float[] y = forward(shape, x, weight, bias, ONE);
    float[] dx = backwardData(shape, dy, weight, 0f, nan(shape.inputElements()), ONE);
    float[] dWeight = backwardWeight(shape, x, dy, 0f, nan(shape.weightElements()), ONE);
    for (int threads : new int[] {2, 3, 7}) {
      try (Workers workers = Workers.of(threads)) {
        assertArrayEquals(y, forward(shape, x, weight, bias, workers));
        assertArrayEquals(
            dx, backwardData(shape, dy, weight, 0f, nan(shape.inputElements()), workers));
        assertArrayEquals(
            dWeight, backwardWeight(shape, x, dy, 0f, nan(shape.weightElements()), workers));
      }
    }
  }

  @Provide
  Arbitrary<ConvShape> anyShape() {
    Arbitrary<Integer> small = Arbitraries.integers().between(1, 3);
    return Combinators.combine(
            Arbitraries.integers().between(5, 12),
            Arbitraries.integers().between(5, 12),
            Arbitraries.integers().between(1, 9),
            Arbitraries.integers().between(1, 9),
            small,
            small,
            small,
            Arbitraries.integers().between(0, 2))
        .as(
            (height, width, channels, outputs, kernel, stride, groups, padding) ->
                ConvShape.of(2, height, width, channels * groups, outputs * groups, kernel, 2)
                    .stride(stride, 1)
                    .padding(padding, 1)
                    .dilation(1, stride)
                    .groups(groups));
  }

  /** {@code <dy, conv(x)> = <dx, x> = <dWeight, weight>}, in whole numbers to the last bit. */
  @Property(tries = 60)
  void gradientsAreAdjoint(@ForAll("anyShape") ConvShape shape, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] x = random.ints(shape.inputElements(), -4, 5).asDoubleStream().toArray();
    double[] weight = random.ints(shape.weightElements(), -4, 5).asDoubleStream().toArray();
    double[] dy = random.ints(shape.outputElements(), -4, 5).asDoubleStream().toArray();
    float[] y = forward(shape, x, weight, new double[shape.outChannels()], ONE);
    double product = dot(dy, y);
    assertEquals(
        product, dot(x, backwardData(shape, dy, weight, 0f, nan(shape.inputElements()), ONE)));
    assertEquals(
        product, dot(weight, backwardWeight(shape, x, dy, 0f, nan(shape.weightElements()), ONE)));
  }

  private static double dot(double[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < b.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void confinedMemoryIsComputedByItsThread() {
    ConvShape shape = ConvShape.of(8, 32, 32, 16, 16, 3, 3).padding(1, 1);
    try (Arena arena = Arena.ofConfined();
        Workers workers = Workers.of(3)) {
      MemorySegment x = arena.allocateFrom(JAVA_FLOAT, floats(random(shape.inputElements(), 1)));
      MemorySegment weight =
          arena.allocateFrom(JAVA_FLOAT, floats(random(shape.weightElements(), 2)));
      MemorySegment y = arena.allocate(JAVA_FLOAT, shape.outputElements());
      Conv2d.forward(shape, x, weight, null, y, workers);
      assertArrayEquals(
          forward(
              shape,
              random(shape.inputElements(), 1),
              random(shape.weightElements(), 2),
              new double[shape.outChannels()],
              ONE),
          y.toArray(JAVA_FLOAT));
    }
  }

  @Test
  void nothingIsAllocated() {
    ConvShape shape = ConvShape.of(1, 16, 16, 16, 16, 3, 3).padding(1, 1);
    try (GuardedFloats x = copy(random(shape.inputElements(), 1));
        GuardedFloats weight = copy(random(shape.weightElements(), 2));
        GuardedFloats y = copy(random(shape.outputElements(), 3));
        GuardedFloats turned = GuardedFloats.of((int) shape.weightElements())) {
      MemorySegment xs = x.segment();
      MemorySegment ws = weight.segment();
      MemorySegment ys = y.segment();
      MemorySegment ts = turned.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              500,
              200,
              () -> {
                Conv2d.forward(shape, xs, ws, null, ys, ONE);
                Conv2d.backwardData(shape, ys, ws, 0f, xs, ts, ONE);
                Conv2d.backwardWeight(shape, xs, ys, 0f, ws, ONE);
              }));
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    assertMessage("groups = 3 do not divide", () -> ConvShape.of(1, 8, 8, 4, 6, 3, 3).groups(3));
    assertMessage(
        "height = 2 with 0 of padding on each side is less than the kernel's 3",
        () -> ConvShape.of(1, 2, 8, 4, 6, 3, 3));
    assertMessage(
        "width = 4 with 0 of padding on each side is less than the kernel's 5",
        () -> ConvShape.of(1, 9, 4, 4, 6, 3, 3).dilation(1, 2));
    assertMessage("strideX = 0", () -> ConvShape.of(1, 8, 8, 4, 6, 3, 3).stride(1, 0));
    assertMessage("padY = -1", () -> ConvShape.of(1, 8, 8, 4, 6, 3, 3).padding(-1, 0));
    assertMessage("2^31", () -> ConvShape.of(1 << 20, 64, 64, 4, 6, 3, 3));
    assertMessage("2^31", () -> ConvShape.of(1, 64, 64, 4, 6, 3, 3).padding(1 << 30, 0));
    ConvShape shape = ConvShape.of(1, 4, 4, 2, 2, 3, 3).padding(1, 1);
    try (GuardedFloats x = GuardedFloats.of(32);
        GuardedFloats weight = GuardedFloats.of(36);
        GuardedFloats y = GuardedFloats.of(32)) {
      MemorySegment xs = x.segment();
      MemorySegment ws = weight.segment();
      MemorySegment ys = y.segment();
      float[] before = y.toArray();
      assertMessage("x", () -> Conv2d.forward(shape, ws.asSlice(0, 124), ws, null, ys, ONE));
      assertMessage("weight", () -> Conv2d.forward(shape, xs, xs, null, ys, ONE));
      assertMessage("bias", () -> Conv2d.forward(shape, xs, ws, ws.asSlice(0, 4), ys, ONE));
      assertMessage("share elements", () -> Conv2d.forward(shape, xs, ws, null, xs, ONE));
      assertMessage("share elements", () -> Conv2d.backwardData(shape, ys, ws, 0f, xs, ws, ONE));
      assertMessage("share elements", () -> Conv2d.backwardWeight(shape, xs, ws, 0f, ws, ONE));
      assertArrayEquals(before, y.toArray());
    }
  }

  private static void assertMessage(String part, Runnable call) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, call::run).getMessage());
    assertTrue(message.contains(part), message);
  }
}
