package dev.lanewise.kernel.step.compressed;

import static dev.lanewise.memory.SegmentClass.NATIVE;
import static dev.lanewise.simd.Lanes.F32;
import static dev.lanewise.simd.Lanes.F32_LANES;
import static dev.lanewise.simd.Lanes.I32;

import dev.lanewise.memory.SegmentClass;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Blocks of 256 numbers in 8 bits each, in units of the largest one of the block (T. Dettmers, M.
 * Lewis, S. Shleifer, L. Zettlemoyer: 8-bit Optimizers via Block-wise Quantization, 2022, sections
 * 2.2 and 1.3): seven decades, each with twice as many steps as the one below it.
 *
 * <pre>
 * k = 2^(d + s) + i   for   10^(d - 6) (0.1 + 0.9 (i + 1/2) / 2^(d + s)),   d = 0 to 6
 * </pre>
 *
 * <p>With a sign, {@code s = 0}, k has 7 bits and the sign is bit 7; without, {@code s = 1} and k
 * has 8. 0 is 0, and 1, the largest number itself, is the code that is left: -0, or without a sign
 * 1. A number gets the code of the step that it lies in: the error is at most half a step, {@code
 * 0.45 / 2^(d + s)} of the end of its decade, and {@code 5 u} of that for the arithmetic, u =
 * 2^-24. With a sign what is less than half the smallest code becomes 0; without one nothing but 0
 * does, so that no root of a second moment vanishes below a first one that does not. A largest
 * number below the normal ones counts as the least of those.
 *
 * <p>No decade is looked for. Over all seven of them the number of steps below a size is a
 * continuous function of it, on each decade a line, and each line is less steep than the one
 * before: so it is the least of the seven lines. The other way round, the middle of a step is the
 * largest of seven lines.
 *
 * <p>The codes lie so that no vector changes its shape: int j of the 64 ints of a block holds the
 * codes of the elements j, j + 64, j + 128 and j + 192, the first one in its lowest byte. A largest
 * number that is NaN or infinite spoils its block. The same bits at every width.
 */
public final class DynamicCode {
  /** Elements of a block. */
  public static final int BLOCK = 256;

  /** Bytes of a block. */
  public static final int BYTES = 256;

  private static final int WORDS = BLOCK / 4;
  private static final int SIGN = 0x80;
  private static final int ONE_BITS = 0x3f800000;

  /** Half of the smallest code with a sign. */
  private static final float VANISHES = 0.275e-6f;

  /**
   * The offset of the highest decade, and 1e-4 steps so that whatever rounding does to its product
   * with 1 / scale the largest number lies beyond the last step.
   */
  private static final float TOP = 512 / 9f + 1e-4f;

  /** The last bits of its sums are whole numbers. */
  private static final float MAGIC = 0x1.8p23f;

  private DynamicCode() {}

  /**
   * The largest size of {@code n} numbers; NaN if there is one among them.
   *
   * @param x read from element {@code first} on
   */
  public static float largest(float[] x, int first) {
    // Sizes have the order of their bits, and NaN comes last.
    IntVector largest = IntVector.zero(I32);
    for (int i = 0; i < BLOCK; i += F32_LANES) {
      IntVector bits = FloatVector.fromArray(F32, x, first + i).reinterpretAsInts();
      largest = bits.and(Integer.MAX_VALUE).max(largest);
    }
    return Float.intBitsToFloat(largest.reduceLanes(VectorOperators.MAX));
  }

  /**
   * Numbers of a block, {@code y = scale code}.
   *
   * @param codes read from byte {@code base} on
   * @param scale the largest number
   * @param signed whether the codes have a sign
   * @param y overwritten from element {@code first} on
   */
  public static void decode(
      MemorySegment codes, long base, float scale, boolean signed, float[] y, int first) {
    if (codes.getClass() != NATIVE) {
      throw SegmentClass.notNative(codes);
    }
    int sign = signed ? SIGN : 0;
    int one = signed ? SIGN : 1;
    float perStep = signed ? 1 : 0.5f;
    float unit = Math.max(scale, Float.MIN_NORMAL);
    for (int c = 0; c < 4; c++) {
      for (int j = 0; j < WORDS; j += F32_LANES) {
        IntVector code =
            IntVector.fromMemorySegment(
                    I32, codes, base + (long) j * Integer.BYTES, ByteOrder.nativeOrder())
                .lanewise(VectorOperators.LSHR, 8 * c)
                .and(0xff);
        FloatVector k = (FloatVector) code.and(0xff ^ sign).convert(VectorOperators.I2F, 0);
        FloatVector middle = k.fma(perStep, 0.5f * perStep);
        IntVector size = middle.fma(0.9e-6f, -0.8e-6f).reinterpretAsInts().max(0);
        size = middle.fma(0.45e-5f, -0.8e-5f).reinterpretAsInts().max(size);
        size = middle.fma(0.225e-4f, -0.8e-4f).reinterpretAsInts().max(size);
        size = middle.fma(0.1125e-3f, -0.8e-3f).reinterpretAsInts().max(size);
        size = middle.fma(0.05625e-2f, -0.8e-2f).reinterpretAsInts().max(size);
        size = middle.fma(0.028125e-1f, -0.8e-1f).reinterpretAsInts().max(size);
        size = middle.fma(0.0140625f, -0.8f).reinterpretAsInts().max(size);
        IntVector signs = code.and(sign).lanewise(VectorOperators.LSHL, 24);
        FloatVector value = size.or(signs).reinterpretAsFloats();
        value = value.blend(1, code.compare(VectorOperators.EQ, one).cast(F32));
        value.mul(unit).intoArray(y, first + c * WORDS + j);
      }
    }
  }

  /**
   * Codes of a block.
   *
   * @param x read from element {@code first} on; not negative unless {@code signed}
   * @param scale the largest number
   * @param signed whether the codes have a sign
   * @param codes overwritten from byte {@code base} on
   */
  public static void encode(
      float[] x, int first, float scale, boolean signed, MemorySegment codes, long base) {
    if (codes.getClass() != NATIVE) {
      throw SegmentClass.notNative(codes);
    }
    float steps = signed ? 1 : 2;
    int last = signed ? SIGN : 2 * SIGN;
    float vanishes = signed ? VANISHES : Float.MIN_VALUE;
    float inverse = 1 / Math.max(scale, Float.MIN_NORMAL);
    for (int c = 0; c < 4; c++) {
      for (int j = 0; j < WORDS; j += F32_LANES) {
        IntVector bits = FloatVector.fromArray(F32, x, first + c * WORDS + j).reinterpretAsInts();
        FloatVector size = bits.and(Integer.MAX_VALUE).reinterpretAsFloats().mul(inverse);
        IntVector place = size.fma(1 / 0.9e-6f, 8 / 9f).reinterpretAsInts();
        place = size.fma(1 / 0.45e-5f, 16 / 9f).reinterpretAsInts().min(place);
        place = size.fma(1 / 0.225e-4f, 32 / 9f).reinterpretAsInts().min(place);
        place = size.fma(1 / 0.1125e-3f, 64 / 9f).reinterpretAsInts().min(place);
        place = size.fma(1 / 0.05625e-2f, 128 / 9f).reinterpretAsInts().min(place);
        place = size.fma(1 / 0.028125e-1f, 256 / 9f).reinterpretAsInts().min(place);
        place = size.fma(1 / 0.0140625f, TOP).reinterpretAsInts().min(place).max(ONE_BITS);
        IntVector code =
            place.reinterpretAsFloats().fma(steps, -0.5f).add(MAGIC).reinterpretAsInts();
        // The largest number is the code after the last one; its negative has none.
        IntVector negative = bits.lanewise(VectorOperators.LSHR, 31);
        code = code.and(0x1ff).min(IntVector.broadcast(I32, last).sub(negative));
        code = code.add(code.lanewise(VectorOperators.LSHR, 8)).and(0xff);
        code = code.or(negative.lanewise(VectorOperators.LSHL, 7));
        code = code.blend(0, size.compare(VectorOperators.LT, vanishes).cast(I32));
        code = code.lanewise(VectorOperators.LSHL, 8 * c);
        long at = base + (long) j * Integer.BYTES;
        if (c > 0) {
          code = IntVector.fromMemorySegment(I32, codes, at, ByteOrder.nativeOrder()).or(code);
        }
        code.intoMemorySegment(codes, at, ByteOrder.nativeOrder());
      }
    }
  }
}
