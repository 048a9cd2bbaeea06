package dev.lanewise.optim.state;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.kernel.step.compressed.DynamicCode;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.schedule.Schedule;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Block8StateTest {
  private static final int BLOCK = DynamicCode.BLOCK;

  private final Slab slab = Slab.open("8 bits", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private static void fill(MemorySegment data, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < data.byteSize() / Float.BYTES; i++) {
      data.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
    }
  }

  private static int code(MemorySegment codes, int element) {
    return codes.get(JAVA_BYTE, element % 64 * 4L + element / 64) & 0xff;
  }

  private MemorySegment allCodes() {
    MemorySegment codes = slab.allocateFloats(BLOCK / 4);
    for (int i = 0; i < BLOCK; i++) {
      codes.set(JAVA_BYTE, i % 64 * 4L + i / 64, (byte) i);
    }
    return codes;
  }

  /** What a code stands for, one number at a time, in the arithmetic of floats. */
  private static float meaning(int code, boolean signed) {
    if (code == (signed ? 0x80 : 1)) {
      return 1;
    }
    int k = signed ? code & 0x7f : code;
    if (k == 0) {
      return 0;
    }
    float middle = signed ? k + 0.5f : (k + 0.5f) / 2;
    int decade = Math.getExponent(middle);
    double end = Math.pow(10, decade - 6);
    float size = Math.fma(middle, (float) (0.9 * end / (1 << decade)), (float) (-0.8 * end));
    return signed && code > 0x80 ? -size : size;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theCodesAreSevenDecadesOfEvenStepsAndTheirMiddles(boolean signed) {
    float[] decoded = new float[BLOCK];
    DynamicCode.decode(allCodes(), 0, 3, signed, decoded, 0);
    for (int code = 0; code < BLOCK; code++) {
      assertEquals(3 * meaning(code, signed), decoded[code], "code " + code);
    }
    // As the reference implementation lists them: middles of evenly spaced numbers from 0.1 to 1.
    int code = signed ? 1 : 2;
    for (int decade = 0; decade < 7; decade++) {
      int steps = (signed ? 1 : 2) << decade;
      for (int i = 0; i < steps; i++) {
        double middle = Math.pow(10, decade - 6) * (0.1 + 0.9 * (i + 0.5) / steps);
        assertEquals(3 * middle, decoded[code++], 3 * Math.pow(10, decade - 6) * 5 * 0x1p-24);
      }
    }
    assertEquals(signed ? 128 : 256, code);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyCodeComesBack(boolean signed) {
    float[] decoded = new float[BLOCK];
    for (float scale : new float[] {1, 0.37f, 1e-20f, 3e30f}) {
      DynamicCode.decode(allCodes(), 0, scale, signed, decoded, 0);
      assertEquals(scale, DynamicCode.largest(decoded, 0));
      MemorySegment again = slab.allocateFloats(BLOCK / 4);
      DynamicCode.encode(decoded, 0, scale, signed, again, 0);
      for (int code = 0; code < BLOCK; code++) {
        assertEquals(code, code(again, code), "scale " + scale);
      }
    }
  }

  /** Of sizes over ten decades; 1e-6 for the arithmetic of the bounds of the steps. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theErrorIsHalfAStepOfTheDecade(boolean signed) {
    SplittableRandom random = new SplittableRandom(1);
    float[] x = new float[BLOCK];
    float[] y = new float[BLOCK];
    MemorySegment codes = slab.allocateFloats(BLOCK / 4);
    for (int round = 0; round < 50; round++) {
      for (int i = 0; i < BLOCK; i++) {
        x[i] = (float) Math.pow(10, -10 * random.nextDouble());
        x[i] = signed && random.nextBoolean() ? -x[i] : x[i];
      }
      float scale = DynamicCode.largest(x, 0);
      DynamicCode.encode(x, 0, scale, signed, codes, 0);
      DynamicCode.decode(codes, 0, scale, signed, y, 0);
      for (int i = 0; i < BLOCK; i++) {
        double size = Math.abs(x[i] / scale);
        int decade = (int) Math.max(0, Math.ceil(Math.log10(size)) + 6);
        double end = Math.pow(10, decade - 6);
        double half = 0.45 * end / ((signed ? 1 : 2) << decade);
        // Below the first decade everything is its lowest step or 0.
        double bound =
            size < 1e-7 ? (signed ? 1e-7 : 3.3e-7) : half * (1 + 1e-6) + end * 5 * 0x1p-24;
        assertEquals(x[i] / scale, y[i] / scale, bound, "x = " + x[i] + " of " + scale);
        assertTrue(signed || y[i] > 0, "what is not 0 does not vanish without a sign");
      }
    }
  }

  @Test
  void nothingIsNothingAndNanSpoilsItsBlock() {
    float[] x = new float[BLOCK];
    MemorySegment codes = slab.allocateFloats(BLOCK / 4);
    DynamicCode.encode(x, 0, DynamicCode.largest(x, 0), true, codes, 0);
    assertEquals(-1, codes.mismatch(slab.allocateFloats(BLOCK / 4)));
    x[77] = Float.NaN;
    x[78] = Float.NEGATIVE_INFINITY;
    float largest = DynamicCode.largest(x, 0);
    assertTrue(Float.isNaN(largest));
    DynamicCode.encode(x, 0, largest, true, codes, 0);
    DynamicCode.decode(codes, 0, largest, true, x, 0);
    for (float value : x) {
      assertTrue(Float.isNaN(value));
    }
  }

  private Parameter parameter(String name, int n, long seed) {
    Parameter parameter = Parameter.of(name, TensorLayout.of(n), slab);
    fill(parameter.data(), seed);
    return parameter;
  }

  /** Both come to the bottom of a bowl; the moments differ by half a step, 7 per cent at most. */
  @Test
  void theWayIsCloseToThatOfMomentsInFloat() {
    int n = 1000;
    int steps = 400;
    Parameter f32 = parameter("f32", n, 3);
    Parameter coded = parameter("coded", n, 3);
    Schedule cosine = Schedule.cosine(steps);
    AdamW a = AdamW.over(List.of(f32)).lr(5e-2f).weightDecay(0).schedule(cosine);
    AdamW b = AdamW.over(List.of(coded)).stateType(StateType.BLOCK8);
    b.lr(5e-2f).weightDecay(0).schedule(cosine);
    for (int t = 0; t < steps; t++) {
      for (Parameter p : List.of(f32, coded)) {
        for (int i = 0; i < n; i++) {
          p.gradient().setAtIndex(JAVA_FLOAT, i, p.data().getAtIndex(JAVA_FLOAT, i) - 0.5f);
        }
      }
      a.step();
      b.step();
      double sum = 0;
      for (int i = 0; i < n; i++) {
        double d = f32.data().getAtIndex(JAVA_FLOAT, i) - coded.data().getAtIndex(JAVA_FLOAT, i);
        sum += d * d;
      }
      assertTrue(Math.sqrt(sum / n) < 0.2, "step " + t + ": " + Math.sqrt(sum / n));
    }
    for (float w : coded.toArray()) {
      assertEquals(0.5, w, 0.02);
    }
  }

  @Test
  void theFirstStepIsThatOfMomentsInFloatBitForBit() {
    for (int n : new int[] {1, 17, 255, 256, 257, 5000}) {
      Parameter f32 = parameter("f32", n, n);
      Parameter coded = parameter("coded", n, n);
      fill(f32.gradient(), n + 1);
      fill(coded.gradient(), n + 1);
      AdamW.over(List.of(f32)).step();
      AdamW.over(List.of(coded)).stateType(StateType.BLOCK8).step();
      assertArrayEquals(f32.toArray(), coded.toArray(), "n = " + n);
      assertArrayEquals(new float[n], coded.gradient().toArray(JAVA_FLOAT));
    }
  }

  @Test
  void cuttingOffAndDecayAreWhatTheMomentsSee() {
    Parameter plain = parameter("plain", 700, 1);
    Parameter cut = parameter("cut", 700, 1);
    AdamW ofPlain = AdamW.over(List.of(plain)).stateType(StateType.BLOCK8).weightDecay(0);
    AdamW ofCut =
        AdamW.over(List.of(cut))
            .stateType(StateType.BLOCK8)
            .weightDecay(0.25f)
            .decoupledDecay(false)
            .clipValue(0.5f);
    for (int step = 0; step < 3; step++) {
      fill(cut.gradient(), step);
      for (int i = 0; i < 700; i++) {
        float g = Math.clamp(cut.gradient().getAtIndex(JAVA_FLOAT, i), -0.5f, 0.5f);
        float w = cut.data().getAtIndex(JAVA_FLOAT, i);
        plain.gradient().setAtIndex(JAVA_FLOAT, i, Math.fma(w, 0.25f, g));
      }
      ofPlain.step();
      ofCut.step();
    }
    assertArrayEquals(plain.toArray(), cut.toArray());
  }

  @Test
  void theStateIsAQuarterAndALargestNumberForEachBlock() {
    long[] floats =
        AdamW.over(List.of(parameter("w", 1025, 1)))
            .stateType(StateType.BLOCK8)
            .state()
            .values()
            .stream()
            .mapToLong(entry -> entry.layout().elements())
            .toArray();
    assertArrayEquals(new long[] {5 * 64, 5 * 64, 5, 5}, floats);
  }
}
