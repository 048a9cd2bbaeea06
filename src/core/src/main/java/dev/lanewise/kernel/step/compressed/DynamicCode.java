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
import jdk.incubator.vector.VectorMask;
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
 * 0.45 / 2^(d + s)} of the end of its decade. With a sign what is less than half the smallest code
 * becomes 0; without one nothing but 0 does, so that no root of a second moment vanishes below a
 * first one that does not.
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
  private static final int MANTISSA = 0x7fffff;
  private static final int ONE_BITS = 0x3f800000;

  /** Where the lowest decade begins: what is below it lies in no step, the lowest is nearest. */
  private static final float LOWEST = 1e-7f;

  /** Half of the smallest code with a sign. */
  private static final float VANISHES = 0.275e-6f;

  /** Above them a number is nearer to 1 than to the code below, with a sign and without. */
  private static final float NEAR_ONE_SIGNED = 0.9965f;

  private static final float NEAR_ONE = 0.9982f;

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
    float steps = signed ? 1 : 2;
    for (int c = 0; c < 4; c++) {
      for (int j = 0; j < WORDS; j += F32_LANES) {
        IntVector code =
            IntVector.fromMemorySegment(
                    I32, codes, base + (long) j * Integer.BYTES, ByteOrder.nativeOrder())
                .lanewise(VectorOperators.LSHR, 8 * c)
                .and(0xff);
        FloatVector k = (FloatVector) code.and(0xff ^ sign).convert(VectorOperators.I2F, 0);
        IntVector bits = k.reinterpretAsInts();
        FloatVector place = bits.and(MANTISSA).or(ONE_BITS).reinterpretAsFloats();
        FloatVector half =
            IntVector.broadcast(I32, 253 << 23).sub(bits.and(~MANTISSA)).reinterpretAsFloats();
        FloatVector power = FloatVector.broadcast(F32, 1e-6f);
        power = power.blend(1e-5f, k.compare(VectorOperators.GE, 2 * steps));
        power = power.blend(1e-4f, k.compare(VectorOperators.GE, 4 * steps));
        power = power.blend(1e-3f, k.compare(VectorOperators.GE, 8 * steps));
        power = power.blend(1e-2f, k.compare(VectorOperators.GE, 16 * steps));
        power = power.blend(1e-1f, k.compare(VectorOperators.GE, 32 * steps));
        power = power.blend(1, k.compare(VectorOperators.GE, 64 * steps));
        FloatVector value = place.sub(1).add(half).mul(0.9f).add(0.1f).mul(power);
        value = value.blend(0, k.compare(VectorOperators.EQ, 0));
        IntVector signs = code.and(sign).lanewise(VectorOperators.LSHL, 24);
        value = value.reinterpretAsInts().or(signs).reinterpretAsFloats();
        value = value.blend(1, code.compare(VectorOperators.EQ, one).cast(F32));
        value.mul(scale).intoArray(y, first + c * WORDS + j);
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
    int sign = signed ? SIGN : 0;
    int one = signed ? SIGN : 1;
    float steps = signed ? 1 : 2;
    float nearOne = signed ? NEAR_ONE_SIGNED : NEAR_ONE;
    float vanishes = signed ? VANISHES : Float.MIN_VALUE;
    // The largest number itself is 1 exactly, whatever rounding does to a product with 1 / scale.
    float divisor = scale > 0 ? scale : 1;
    for (int c = 0; c < 4; c++) {
      for (int j = 0; j < WORDS; j += F32_LANES) {
        IntVector bits = FloatVector.fromArray(F32, x, first + c * WORDS + j).reinterpretAsInts();
        FloatVector size = bits.and(Integer.MAX_VALUE).reinterpretAsFloats().div(divisor);
        FloatVector y = size;
        FloatVector count = FloatVector.broadcast(F32, 64 * steps);
        VectorMask<Float> low = y.compare(VectorOperators.LT, 1e-4f);
        y = y.blend(y.mul(1e4f), low);
        count = count.blend(count.mul(1 / 16f), low);
        low = y.compare(VectorOperators.LT, 1e-2f);
        y = y.blend(y.mul(1e2f), low);
        count = count.blend(count.mul(1 / 4f), low);
        low = y.compare(VectorOperators.LT, 1e-1f);
        y = y.blend(y.mul(10), low);
        count = count.blend(count.mul(1 / 2f), low);
        FloatVector place = y.sub(0.1f).mul(1 / 0.9f).mul(count).sub(0.5f);
        place = place.blend(0, place.compare(VectorOperators.LT, 0));
        FloatVector last = count.sub(1);
        place = place.blend(last, place.compare(VectorOperators.GT, last));
        IntVector code = place.add(count).add(MAGIC).reinterpretAsInts().and(0xff);
        code = code.blend((int) steps, size.compare(VectorOperators.LT, LOWEST).cast(I32));
        code = code.or(bits.lanewise(VectorOperators.LSHR, 24).and(sign));
        code = code.blend(0, size.compare(VectorOperators.LT, vanishes).cast(I32));
        // With a sign 1 has a code and -1 has none.
        VectorMask<Integer> isOne =
            size.compare(VectorOperators.GT, nearOne)
                .cast(I32)
                .and(bits.and(sign << 24).compare(VectorOperators.EQ, 0));
        code = code.blend(one, isOne).lanewise(VectorOperators.LSHL, 8 * c);
        long at = base + (long) j * Integer.BYTES;
        if (c > 0) {
          code = IntVector.fromMemorySegment(I32, codes, at, ByteOrder.nativeOrder()).or(code);
        }
        code.intoMemorySegment(codes, at, ByteOrder.nativeOrder());
      }
    }
  }
}
