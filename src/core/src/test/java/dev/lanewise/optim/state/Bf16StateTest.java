package dev.lanewise.optim.state;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.compressed.Bf16Adam;
import dev.lanewise.kernel.step.compressed.RoundingWords;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.schedule.Schedule;
import dev.lanewise.testing.AwkwardSizes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Bf16StateTest {
  private static final long SEED = 42;

  private final Slab slab = Slab.open("bfloat16", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private Parameter parameter(String name, int n, long seed) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(n), slab);
    fill(parameter.data(), seed);
    return parameter;
  }

  private static void fill(MemorySegment data, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < data.byteSize() / Float.BYTES; i++) {
      data.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
    }
  }

  private static MemorySegment state(AdamW adam, String name) {
    return Objects.requireNonNull(adam.state().get("optimizer." + name)).data();
  }

  private static float widened(MemorySegment state, int i) {
    return Float.intBitsToFloat(state.getAtIndex(JAVA_SHORT, i) << 16);
  }

  /** One element after the other, from the documented formulas. */
  @Test
  void everyStepHasTheBitsOfTheDocumentedFormulasAtEveryWidth() {
    List<Integer> sizes = new ArrayList<>(List.of(4095, 4097, 9001));
    for (int n : AwkwardSizes.lengths()) {
      sizes.add(n);
    }
    for (int n : sizes) {
      Parameter p = parameter("p", n, n);
      float[] w = p.toArray();
      float[] m = new float[n];
      float[] v = new float[n];
      AdamW adam = AdamW.over(List.of(p)).stateType(StateType.BFLOAT16).roundingSeed(SEED);
      for (int t = 1; t <= 3; t++) {
        fill(p.gradient(), 100L * n + t);
        float[] g = p.gradient().toArray(JAVA_FLOAT);
        adam.step();
        float decay = (float) ((double) 1e-3f * 0.01f);
        float step = (float) (1e-3f / (1 - Math.pow(0.9f, t)));
        float rootScale = (float) (1 / Math.sqrt(1 - Math.pow(0.999f, t)));
        for (int i = 0; i < n; i++) {
          w[i] = Math.fma(w[i], -decay, w[i]);
          m[i] = Math.fma(m[i], 0.9f, g[i] * (1 - 0.9f));
          v[i] = Math.fma(v[i], 0.999f, g[i] * (1 - 0.999f) * g[i]);
          w[i] = Math.fma(m[i] / Math.fma((float) Math.sqrt(v[i]), rootScale, 1e-8f), -step, w[i]);
          int word =
              RoundingWords.word(
                  RoundingWords.key(SEED, t, i / 4096, 0),
                  RoundingWords.key(SEED, t, i / 4096, 1),
                  i % 4096);
          m[i] = rounded(m[i], word & 0xffff);
          v[i] = rounded(v[i], word >>> 16);
        }
      }
      assertArrayEquals(w, p.toArray(), "n = " + n);
      for (int i = 0; i < n; i++) {
        assertEquals(m[i], widened(state(adam, "m.p"), i));
        assertEquals(v[i], widened(state(adam, "v.p"), i));
      }
    }
  }

  private static float rounded(float x, int bits) {
    return Float.intBitsToFloat(Float.floatToRawIntBits(x) + bits & 0xffff0000);
  }

  /**
   * Of N numbers rounded up with probability p the mean is off by more than 5 of its standard
   * deviations, {@code ulp sqrt(p (1 - p) / N)}, once in 1.7 million; the seed is fixed.
   */
  @Test
  void theMeanOfWhatIsRoundedIsExact() {
    int n = 1 << 20;
    for (int low : new int[] {0, 1, 0x100, 0x5555, 0x8000, 0xfffe, 0xffff}) {
      float x = Float.intBitsToFloat(0x3f800000 + low);
      double p = low / 65536.0;
      int firstUp = 0;
      int secondUp = 0;
      for (int i = 0; i < n; i++) {
        int word =
            RoundingWords.word(
                RoundingWords.key(SEED, 7, i / 4096, 0),
                RoundingWords.key(SEED, 7, i / 4096, 1),
                i % 4096);
        firstUp += RoundingWords.round(x, word & 0xffff) == 0x3f81 ? 1 : 0;
        secondUp += RoundingWords.round(x, word >>> 16) == 0x3f81 ? 1 : 0;
      }
      double bound = 5 * Math.sqrt(p * (1 - p) * n);
      assertEquals(p * n, firstUp, bound, "lower half, " + low);
      assertEquals(p * n, secondUp, bound, "upper half, " + low);
    }
  }

  /**
   * Of N independent pairs the correlation has a deviation of {@code 1 / sqrt(N)}, and a count in
   * one of 256 bins one of {@code sqrt(N / 256)}: five of them, and the seed is fixed. Neighbours
   * up to a vector of 16 apart, steps and blocks that follow each other, and the two halves.
   */
  @Test
  void theBitsOfMomentsElementsBlocksAndStepsAreEvenAndNotCorrelated() {
    int n = 1 << 18;
    double[][] first = halves(n, 7);
    double[][] next = halves(n, 8);
    double deviation = 1 / Math.sqrt(n);
    for (double[] half : first) {
      int[] bins = new int[256];
      for (double x : half) {
        bins[(int) (x * 256)]++;
      }
      for (int count : bins) {
        assertEquals(n / 256.0, count, 5 * Math.sqrt(n / 256.0));
      }
    }
    for (int a = 0; a < 2; a++) {
      for (int b = 0; b < 2; b++) {
        assertEquals(0, correlation(first[a], next[b], 0), 5 * deviation, "the next step");
        for (int lag : new int[] {0, 1, 2, 3, 4, 7, 8, 15, 16, 4095, 4096, 4097}) {
          if (lag > 0 || a != b) {
            double found = correlation(first[a], first[b], lag);
            assertEquals(0, found, 5 * deviation, a + " to " + b + ", " + lag + " apart");
          }
        }
      }
    }
  }

  /** The lower and the upper halves of the words of n elements, from 0 to 1. */
  private static double[][] halves(int n, long step) {
    double[][] halves = new double[2][n];
    for (int i = 0; i < n; i++) {
      int word =
          RoundingWords.word(
              RoundingWords.key(SEED, step, i / 4096, 0),
              RoundingWords.key(SEED, step, i / 4096, 1),
              i % 4096);
      halves[0][i] = (word & 0xffff) / 65536.0;
      halves[1][i] = (word >>> 16) / 65536.0;
    }
    return halves;
  }

  /** Of numbers with a mean of 1/2 and a variance of 1/12, the second ones so many places on. */
  private static double correlation(double[] x, double[] y, int lag) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (x[i] - 0.5) * (y[(i + lag) % y.length] - 0.5);
    }
    return 12 * sum / x.length;
  }

  /**
   * Rounded to nearest, v would stand still: its step is a thousandth of what it lacks, its last
   * bit 2^-7. Rounded at random, the mean over n elements of the same gradient is v's; each
   * rounding adds a variance of at most ulp^2 / 4, ulp at most 2^-7 v, and v forgets a thousandth
   * of it in a step, so 500 of them add up.
   */
  @Test
  void momentsThatMoveByLessThanTheirLastBitMoveOnAverage() {
    int n = 4096;
    int steps = 1500;
    Parameter p = parameter("p", n, 1);
    AdamW adam = AdamW.over(List.of(p)).lr(0).stateType(StateType.BFLOAT16);
    for (int t = 0; t < steps; t++) {
      p.gradient().asSlice(0, 4L * n).copyFrom(MemorySegment.ofArray(filled(n, 0.75f)));
      adam.step();
    }
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += widened(state(adam, "v.p"), i);
    }
    double expected = 0.5625 * (1 - Math.pow(0.999f, steps));
    double deviation = Math.sqrt(500) * 0.5 * 0x1p-7 * expected / Math.sqrt(n);
    assertEquals(expected, sum / n, 5 * deviation);
  }

  private static float[] filled(int n, float value) {
    float[] values = new float[n];
    Arrays.fill(values, value);
    return values;
  }

  /** From the same start down a quadratic bowl: both come to its bottom, on ways close together. */
  @Test
  void theWayIsCloseToThatOfMomentsInFloat() {
    int n = 1000;
    int steps = 400;
    Parameter f32 = parameter("f32", n, 3);
    Parameter bf16 = parameter("bf16", n, 3);
    AdamW a = AdamW.over(List.of(f32)).lr(5e-2f).weightDecay(0).schedule(Schedule.cosine(steps));
    AdamW b =
        AdamW.over(List.of(bf16))
            .lr(5e-2f)
            .weightDecay(0)
            .schedule(Schedule.cosine(steps))
            .stateType(StateType.BFLOAT16);
    for (int t = 0; t < steps; t++) {
      for (Parameter p : List.of(f32, bf16)) {
        for (int i = 0; i < n; i++) {
          p.gradient().setAtIndex(JAVA_FLOAT, i, p.data().getAtIndex(JAVA_FLOAT, i) - 0.5f);
        }
      }
      a.step();
      b.step();
      // A relative error of 2^-7 in m and v of every step, none in the mean, of ways of up to 5.
      double sum = 0;
      for (int i = 0; i < n; i++) {
        double d = f32.data().getAtIndex(JAVA_FLOAT, i) - bf16.data().getAtIndex(JAVA_FLOAT, i);
        sum += d * d;
      }
      assertTrue(Math.sqrt(sum / n) < 5 * 0x1p-7, "step " + t + ": " + Math.sqrt(sum / n));
    }
    for (float w : bf16.toArray()) {
      assertEquals(0.5, w, 0.02);
    }
  }

  @Test
  void nanStaysInItsElementAndWhatIsTooLargeBecomesAnInfinity() {
    Parameter p = parameter("p", 70, 5);
    for (int bad : new int[] {0, 33, 69}) {
      fill(p.gradient(), 6);
      // A NaN whose payload would overflow into the sign.
      p.gradient().setAtIndex(JAVA_FLOAT, bad, Float.intBitsToFloat(0x7fffffff));
      p.gradient().setAtIndex(JAVA_FLOAT, (bad + 1) % 70, 1e30f);
      AdamW adam = AdamW.over(List.of(p)).stateType(StateType.BFLOAT16);
      fill(p.data(), 5);
      adam.step();
      for (int i = 0; i < 70; i++) {
        assertEquals(i == bad, Float.isNaN(p.toArray()[i]), "w " + i);
        assertEquals(i == bad, Float.isNaN(widened(state(adam, "m.p"), i)), "m " + i);
        assertEquals(i == bad, Float.isNaN(widened(state(adam, "v.p"), i)), "v " + i);
      }
      assertEquals(Float.POSITIVE_INFINITY, widened(state(adam, "v.p"), (bad + 1) % 70));
    }
  }

  @Test
  void aRangeThatBeginsInsideABlockHasTheSameBits() {
    int n = 5000;
    MemorySegment[] whole = operands(n);
    MemorySegment[] parts = operands(n);
    step(whole, 0, n);
    for (int cut : new int[] {0, 37, 4000, 4097}) {
      int next = cut == 0 ? 37 : cut == 37 ? 4000 : cut == 4000 ? 4097 : n;
      step(parts, cut, next);
    }
    for (int i = 0; i < 4; i++) {
      assertEquals(-1, whole[i].mismatch(parts[i]), "operand " + i);
    }
  }

  private MemorySegment[] operands(int n) {
    MemorySegment[] operands = {
      slab.allocateFloats(n), slab.allocateFloats(n), slab.allocateFloats(n), slab.allocateFloats(n)
    };
    fill(operands[0], 1);
    fill(operands[1], 2);
    return operands;
  }

  private static void step(MemorySegment[] o, long begin, long end) {
    Bf16Adam.step(
        o[0],
        o[1],
        o[2],
        o[3],
        begin,
        end,
        0.9f,
        0.999f,
        0.01f,
        1,
        1e-8f,
        1,
        Float.POSITIVE_INFINITY,
        0,
        0,
        false,
        SEED,
        3);
  }

  @Test
  void theTypeIsChosenBeforeTheFirstStepAndWithoutAmsGrad() {
    Adam adam = Adam.over(List.of(parameter("p", 3, 1))).amsGrad(true);
    assertEquals(
        "AMSGrad keeps its state in FLOAT32, not in BFLOAT16: choose one of both",
        assertThrows(IllegalStateException.class, () -> adam.stateType(StateType.BFLOAT16))
            .getMessage());
    adam.step();
    assertEquals(
        "the type of the state of Adam decides what state there is: choose it before the first"
            + " step",
        assertThrows(IllegalStateException.class, () -> adam.stateType(StateType.FLOAT32))
            .getMessage());
  }
}
