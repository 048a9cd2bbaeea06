package dev.lanewise.blas.f32;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.blas.Level1;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import dev.lanewise.testing.GuardedFloats;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings("cast")
class Level1Test {
  private static final double U = 0x1p-24;
  private static final float ALPHA = 0.7f;
  private static final float C = 0.8f;
  private static final float S = 0.6f;
  private static final int[] INCREMENTS = {1, 2, -1, -3};

  @FunctionalInterface
  interface OnArrays {
    double run(int n, float[] x, long offsetX, int incX, float[] y, long offsetY, int incY);
  }

  @FunctionalInterface
  interface OnSegments {
    double run(
        long n, MemorySegment x, long offsetX, long incX, MemorySegment y, long offsetY, long incY);
  }

  /** The specification, on the elements alone and in place. */
  @FunctionalInterface
  interface Model {
    double run(float[] x, float[] y);
  }

  /** A routine; {@code single} if it has one vector, x. */
  record Op(String name, boolean single, OnArrays arrays, OnSegments segments, Model model) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Op> ops() {
    return Stream.of(
        new Op(
            "dot",
            false,
            Level1::sdot,
            Level1::sdot,
            (x, y) -> Sums.sum(x.length, 128 / Float.BYTES, (sum, i) -> Math.fma(x[i], y[i], sum))),
        new Op(
            "axpy",
            false,
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.saxpy(n, ALPHA, x, ox, ix, y, oy, iy);
              return 0;
            },
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.saxpy(n, ALPHA, x, ox, ix, y, oy, iy);
              return 0;
            },
            (x, y) -> each(x, i -> y[i] = Math.fma(ALPHA, x[i], y[i]))),
        new Op(
            "scal",
            true,
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.sscal(n, ALPHA, x, ox, ix);
              return 0;
            },
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.sscal(n, ALPHA, x, ox, ix);
              return 0;
            },
            (x, y) -> each(x, i -> x[i] *= ALPHA)),
        new Op(
            "nrm2",
            true,
            (n, x, ox, ix, y, oy, iy) -> Level1.snrm2(n, x, ox, ix),
            (n, x, ox, ix, y, oy, iy) -> Level1.snrm2(n, x, ox, ix),
            (x, y) -> (float) Math.sqrt(Sums.squares(x))),
        new Op(
            "asum",
            true,
            (n, x, ox, ix, y, oy, iy) -> Level1.sasum(n, x, ox, ix),
            (n, x, ox, ix, y, oy, iy) -> Level1.sasum(n, x, ox, ix),
            (x, y) -> Sums.sum(x.length, 128 / Float.BYTES, (sum, i) -> sum + Math.abs(x[i]))),
        new Op(
            "iamax",
            true,
            (n, x, ox, ix, y, oy, iy) -> Level1.isamax(n, x, ox, ix),
            (n, x, ox, ix, y, oy, iy) -> Level1.isamax(n, x, ox, ix),
            (x, y) -> largest(x)),
        new Op(
            "swap",
            false,
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.sswap(n, x, ox, ix, y, oy, iy);
              return 0;
            },
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.sswap(n, x, ox, ix, y, oy, iy);
              return 0;
            },
            (x, y) ->
                each(
                    x,
                    i -> {
                      float xi = x[i];
                      x[i] = y[i];
                      y[i] = xi;
                    })),
        new Op(
            "copy",
            false,
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.scopy(n, x, ox, ix, y, oy, iy);
              return 0;
            },
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.scopy(n, x, ox, ix, y, oy, iy);
              return 0;
            },
            (x, y) -> each(x, i -> y[i] = x[i])),
        new Op(
            "rot",
            false,
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.srot(n, x, ox, ix, y, oy, iy, C, S);
              return 0;
            },
            (n, x, ox, ix, y, oy, iy) -> {
              Level1.srot(n, x, ox, ix, y, oy, iy, C, S);
              return 0;
            },
            (x, y) ->
                each(
                    x,
                    i -> {
                      float xi = x[i];
                      x[i] = Math.fma(C, xi, S * y[i]);
                      y[i] = Math.fma(C, y[i], -(S * xi));
                    })));
  }

  private static double each(float[] x, java.util.function.IntConsumer body) {
    IntStream.range(0, x.length).forEach(body);
    return 0;
  }

  private static double largest(float[] x) {
    int at = -1;
    for (int i = 0; i < x.length; i++) {
      if (Float.isNaN(x[i])) {
        return i;
      }
      if (at < 0 || Math.abs(x[i]) > Math.abs(x[at])) {
        at = i;
      }
    }
    return at;
  }

  private static int[] sizes() {
    return IntStream.concat(
            Arrays.stream(AwkwardSizes.lengths()),
            IntStream.of(Sums.BLOCK - 1, Sums.BLOCK, Sums.BLOCK + 1, 2 * Sums.BLOCK + 17))
        .toArray();
  }

  /** Runs an operation on every kind of memory and compares every bit, the gaps included. */
  private static void check(Op op, Strided x, Strided y) {
    float[] expectedX = x.elements();
    float[] expectedY = y.elements();
    double expected = op.model().run(expectedX, expectedY);
    long[] bitsX = Strided.bits(x.with(expectedX).memory);
    long[] bitsY = Strided.bits(y.with(expectedY).memory);
    String what = op + " n " + x.n + " incX " + x.inc + " incY " + y.inc;

    float[] ax = x.memory.clone();
    float[] ay = y.memory.clone();
    assertEquals(
        expected, op.arrays().run(x.n, ax, x.offset(), x.inc, ay, y.offset(), y.inc), what);
    assertArrayEquals(bitsX, Strided.bits(ax), what);
    assertArrayEquals(bitsY, Strided.bits(ay), what);

    try (GuardedFloats gx = GuardedFloats.copyOf(x.memory);
        GuardedFloats gy = GuardedFloats.copyOf(y.memory)) {
      assertEquals(expected, onSegments(op, x, gx.segment(), y, gy.segment()), what + " native");
      assertArrayEquals(bitsX, Strided.bits(gx.toArray()), what);
      assertArrayEquals(bitsY, Strided.bits(gy.toArray()), what);
      gx.assertGuardsIntact();
      gy.assertGuardsIntact();
    }
    float[] hx = x.memory.clone();
    try (GuardedFloats gy = GuardedFloats.copyOf(y.memory)) {
      assertEquals(
          expected,
          onSegments(op, x, MemorySegment.ofArray(hx), y, gy.segment()),
          what + " heap and native");
      assertArrayEquals(bitsX, Strided.bits(hx), what);
      assertArrayEquals(bitsY, Strided.bits(gy.toArray()), what);
    }
  }

  private static double onSegments(
      Op op, Strided x, MemorySegment sx, Strided y, MemorySegment sy) {
    return op.segments().run(x.n, sx, x.offset(), x.inc, sy, y.offset(), y.inc);
  }

  @ParameterizedTest
  @MethodSource("ops")
  void everySizeAndIncrementGivesTheBitsOfTheDocumentedOrderInEveryMemory(Op op) {
    for (int n : sizes()) {
      for (int incX : INCREMENTS) {
        for (int incY : op.single() ? new int[] {1} : INCREMENTS) {
          if (!op.single() || incX > 0) {
            check(
                op,
                new Strided(incX, Strided.random(n, n)),
                new Strided(incY, Strided.random(n, n + 1)));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void aSpecialValueHasTheSameEffectInEveryPlace(Op op) {
    float[] specials = {
      Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f, Float.MIN_VALUE
    };
    int n = 67;
    for (float special : specials) {
      for (int i = 0; i < n; i++) {
        float[] x = Strided.random(n, 3);
        float[] y = Strided.random(n, 4);
        x[i] = special;
        y[n - 1 - i] = special;
        check(op, new Strided(1, x), new Strided(1, y));
        check(op, new Strided(2, x), new Strided(1, y));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void mappedFilesAndHeapBytesGiveTheSameBits(Op op, @TempDir Path folder) throws IOException {
    Strided x = new Strided(1, Strided.random(1021, 5));
    Strided y = new Strided(1, Strided.random(1021, 6));
    float[] expectedX = x.elements();
    float[] expectedY = y.elements();
    double expected = op.model().run(expectedX, expectedY);
    try (Arena arena = Arena.ofConfined();
        FileChannel file =
            FileChannel.open(
                folder.resolve("x"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      long bytes = (long) x.memory.length * Float.BYTES;
      MemorySegment mx = file.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
      MemorySegment by = MemorySegment.ofArray(new byte[(int) bytes]);
      mx.copyFrom(MemorySegment.ofArray(x.memory));
      by.copyFrom(MemorySegment.ofArray(y.memory));
      assertEquals(expected, onSegments(op, x, mx, y, by));
      float[] gotX = new float[x.memory.length];
      float[] gotY = new float[y.memory.length];
      MemorySegment.ofArray(gotX).copyFrom(mx);
      MemorySegment.ofArray(gotY).copyFrom(by);
      assertArrayEquals(Strided.bits(x.with(expectedX).memory), Strided.bits(gotX));
      assertArrayEquals(Strided.bits(y.with(expectedY).memory), Strided.bits(gotY));
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void noElementsGiveNothing(Op op) {
    double nothing = op.name().equals("iamax") ? -1 : 0;
    float[] x = {Float.NaN};
    float[] y = {Float.NaN};
    MemorySegment sx = MemorySegment.ofArray(x);
    MemorySegment sy = MemorySegment.ofArray(y);
    for (int n : new int[] {0, -1, Integer.MIN_VALUE}) {
      assertEquals(nothing, op.arrays().run(n, x, 0, 1, y, 0, 1));
      assertEquals(nothing, op.segments().run(n, sx, 1, 1, sy, 1, 1));
    }
    if (op.single()) {
      for (int inc : new int[] {0, -1, Integer.MIN_VALUE}) {
        assertEquals(nothing, op.arrays().run(1, x, 0, inc, y, 0, 1));
        assertEquals(nothing, op.segments().run(1, sx, 0, inc, sy, 0, 1));
      }
    }
    assertTrue(Float.isNaN(x[0]) && Float.isNaN(y[0]));
  }

  @ParameterizedTest
  @MethodSource("ops")
  void wrongArgumentsAreNamedAndNothingIsWritten(Op op) {
    float[] x = Strided.random(10, 7);
    float[] y = Strided.random(10, 8);
    float[] x0 = x.clone();
    float[] y0 = y.clone();
    assertMessage("x begins at offset -1", () -> op.arrays().run(3, x, -1, 1, y, 0, 1));
    assertMessage(
        "x has 11 elements from offset 0 with increment 1, its array has room for 10",
        () -> op.arrays().run(11, x, 0, 1, y, 0, 1));
    assertMessage("its array has room for 2", () -> op.arrays().run(4, x, 5, 3, y, 0, 1));
    assertMessage(
        "its array has room for 1",
        () -> op.arrays().run(1 << 20, x, 0, Integer.MAX_VALUE, y, 0, 1));
    assertMessage(
        "its segment has room for 10",
        () ->
            op.segments()
                .run(
                    11,
                    MemorySegment.ofArray(x),
                    0,
                    1,
                    MemorySegment.ofArray(new float[11]),
                    0,
                    1));
    assertMessage(
        "its segment has room for 1",
        () ->
            op.segments()
                .run(
                    3,
                    MemorySegment.ofArray(x),
                    9,
                    Long.MAX_VALUE,
                    MemorySegment.ofArray(y),
                    0,
                    1));
    if (!op.single()) {
      assertMessage("y begins at offset -2", () -> op.arrays().run(3, x, 0, 1, y, -2, 1));
      assertMessage(
          "y has 4 elements from offset 0 with increment -4, its array has room for 3",
          () -> op.arrays().run(4, x, 0, 1, y, 0, -4));
    }
    if (!op.single() && !op.name().equals("dot")) {
      assertMessage("y has increment 0", () -> op.arrays().run(3, x, 0, 1, y, 0, 0));
      assertMessage("share elements", () -> op.arrays().run(3, x, 0, 1, x, 1, 1));
      assertMessage("share elements", () -> op.arrays().run(4, x, 0, 2, x, 3, 1));
      MemorySegment sx = MemorySegment.ofArray(x);
      assertMessage("share elements", () -> op.segments().run(3, sx, 0, 1, sx.asSlice(0), 2, -1));
      assertMessage(
          "read-only",
          () -> op.segments().run(3, sx, 0, 1, MemorySegment.ofArray(y).asReadOnly(), 0, 1));
    }
    assertArrayEquals(x0, x);
    assertArrayEquals(y0, y);
  }

  @Test
  void unalignedAndClosedMemoryIsNamed() {
    MemorySegment closed;
    try (Arena arena = Arena.ofConfined()) {
      closed = arena.allocate(64, 64);
      MemorySegment odd = closed.asSlice(1, 32);
      assertMessage("multiple of " + Float.BYTES, () -> Level1.sasum(3, odd, 0, 1));
    }
    assertThrows(IllegalStateException.class, () -> Level1.sasum(3, closed, 0, 1));
  }

  @Test
  void interleavedVectorsOfOneArrayAreFine() {
    float[] memory = {1, 10, 2, 20, 3, 30};
    Level1.saxpy(3, 2, memory, 0, 2, memory, 1, 2);
    assertArrayEquals(new float[] {1, 12, 2, 24, 3, 36}, memory);
    Level1.sswap(3, memory, 0, 2, memory, 1, -2);
    assertArrayEquals(new float[] {36, 3, 24, 2, 12, 1}, memory);
  }

  @Test
  void aVectorMayBeAddedToItselfAndCopiedOntoItself() {
    float[] x = {1, 2, 3};
    Level1.saxpy(3, 2, x, x);
    Level1.scopy(3, x, x);
    Level1.sswap(3, x, x);
    assertArrayEquals(new float[] {3, 6, 9}, x);
    assertMessage("share elements", () -> Level1.srot(3, x, x, C, S));
  }

  @Test
  void anIncrementOfZeroRepeatsAnElementThatIsRead() {
    float[] y = {1, 2, 3};
    Level1.saxpy(3, 2, new float[] {5}, 0, 0, y, 0, 1);
    assertArrayEquals(new float[] {11, 12, 13}, y);
    assertEquals(180, Level1.sdot(3, new float[] {5}, 0, 0, y, 0, 1));
  }

  @Test
  void axpyWithAlphaZeroReadsAndChangesNothingWhereasScalWithZeroKeepsNaN() {
    float[] y = {1, Float.POSITIVE_INFINITY, Float.NaN};
    Level1.saxpy(3, 0, new float[] {Float.NaN, 1, 1}, y);
    assertArrayEquals(new float[] {1, Float.POSITIVE_INFINITY, Float.NaN}, y);
    Level1.sscal(3, 0, y);
    assertArrayEquals(new float[] {0, Float.NaN, Float.NaN}, y);
  }

  @Test
  void theSumsKeepTheirErrorBounds() {
    int n = 2 * Sums.BLOCK + 77;
    float[] x = Strided.random(n, 9);
    float[] y = Strided.random(n, 10);
    BigDecimal dot = BigDecimal.ZERO;
    BigDecimal magnitude = BigDecimal.ZERO;
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    for (int i = 0; i < n; i++) {
      BigDecimal xi = new BigDecimal(x[i]);
      BigDecimal product = xi.multiply(new BigDecimal(y[i]));
      dot = dot.add(product);
      magnitude = magnitude.add(product.abs());
      sum = sum.add(xi.abs());
      squares = squares.add(xi.multiply(xi));
    }
    int k = Sums.BLOCK * Float.BYTES / 128 + 3 + 8;
    double gamma = k * U / (1 - k * U);
    assertEquals(0, error(Level1.sdot(n, x, y), dot), gamma * magnitude.doubleValue());
    assertEquals(0, error(Level1.sasum(n, x), sum), gamma * sum.doubleValue());
    BigDecimal norm = squares.sqrt(MathContext.DECIMAL64);
    assertEquals(0, error(Level1.snrm2(n, x), norm), gamma * norm.doubleValue());
  }

  private static double error(double got, BigDecimal exact) {
    return new BigDecimal(got).subtract(exact).abs().doubleValue();
  }

  @Test
  void theNormNeitherOverflowsNorUnderflows() {
    for (float scale :
        new float[] {Float.MAX_VALUE / 8, Float.MIN_NORMAL, 8 * Float.MIN_VALUE, 1}) {
      for (int inc : new int[] {1, 2}) {
        Strided x = new Strided(inc, 3 * scale, 4 * scale, 0, 0);
        float norm = Level1.snrm2(4, x.memory, x.offset(), inc);
        assertEquals(5 * scale, norm, 2 * U * norm);
        try (GuardedFloats guarded = GuardedFloats.copyOf(x.memory)) {
          assertEquals(norm, Level1.snrm2(4, guarded.segment(), x.offset(), inc));
        }
      }
    }
    // The large element alone counts, and the small ones do not disturb it.
    float[] mixed = new float[100];
    Arrays.fill(mixed, Float.MIN_VALUE);
    mixed[50] = Float.MAX_VALUE;
    assertEquals(Float.MAX_VALUE, Level1.snrm2(100, mixed));
    Arrays.fill(mixed, Float.MAX_VALUE);
    assertEquals(Float.POSITIVE_INFINITY, Level1.snrm2(100, mixed));
    mixed[7] = Float.NaN;
    assertTrue(Float.isNaN(Level1.snrm2(100, mixed)));
    assertEquals(0, Level1.snrm2(3, new float[] {0, -0f, 0}));
  }

  @Test
  void theFirstOfEqualMagnitudesWinsAndTheFirstNaNBeforeAll() {
    assertEquals(1, Level1.isamax(4, new float[] {1, -3, 3, -3}));
    assertEquals(2, Level1.isamax(4, new float[] {1, 9, Float.NaN, Float.NaN}));
    float[] x = Strided.random(3 * Sums.BLOCK, 11);
    x[2 * Sums.BLOCK + 5] = -7;
    x[2 * Sums.BLOCK + 6] = 7;
    assertEquals(2 * Sums.BLOCK + 5, Level1.isamax(x.length, x));
    x[2 * Sums.BLOCK + 900] = Float.NaN;
    assertEquals(2 * Sums.BLOCK + 900, Level1.isamax(x.length, x));
    x[3] = Float.NaN;
    assertEquals(3, Level1.isamax(x.length, x));
  }

  @ParameterizedTest
  @MethodSource("ops")
  void nothingIsAllocated(Op op) {
    int n = 1021;
    float[] x = Strided.random(n, 12);
    float[] y = Strided.random(n, 13);
    try (GuardedFloats gx = GuardedFloats.copyOf(x);
        GuardedFloats gy = GuardedFloats.copyOf(y)) {
      MemorySegment sx = gx.segment();
      MemorySegment sy = gy.segment();
      assertEquals(
          0,
          AllocatedBytes.perCall(
              2_000,
              1_000,
              () -> {
                op.arrays().run(n, x, 0, 1, y, 0, 1);
                op.arrays().run(n / 2, x, 0, 2, y, 0, 1);
                op.segments().run(n, sx, 0, 1, sy, 0, 1);
                op.segments().run(n / 2, sx, 0, 2, sy, 0, 1);
              }),
          op.toString());
    }
  }

  private static void assertMessage(String part, Runnable call) {
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(String.valueOf(thrown.getMessage()).contains(part), thrown.getMessage());
  }
}
