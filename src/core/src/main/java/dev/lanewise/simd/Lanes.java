package dev.lanewise.simd;

import java.util.Locale;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The one vector width of this JVM.
 *
 * <p>It is the widest that C2 supports here ({@code SPECIES_PREFERRED}) unless {@code
 * -Dlanewise.vectorBits=128|256|512} asks for another. A width that the machine lacks still gives
 * the right result, at a fraction of the speed: it is meant for tests.
 */
public final class Lanes {
  /** The property that overrides the width. */
  public static final String PROPERTY = "lanewise.vectorBits";

  private static final VectorShape SHAPE = shape(System.getProperty(PROPERTY));

  /** Single precision. */
  public static final VectorSpecies<Float> F32 = VectorSpecies.of(float.class, SHAPE);

  /** The integer twin of {@link #F32}: as many lanes, as many bits. */
  public static final VectorSpecies<Integer> I32 = VectorSpecies.of(int.class, SHAPE);

  /** Two short lanes in the place of each lane of {@link #I32}. */
  public static final VectorSpecies<Short> I16 = VectorSpecies.of(short.class, SHAPE);

  /** As many short lanes as {@link #I32} has ints: half a vector. */
  public static final VectorSpecies<Short> I16_HALF =
      VectorSpecies.of(short.class, VectorShape.forBitSize(F32.vectorBitSize() / 2));

  /** One long lane in the place of two lanes of {@link #I32}. */
  public static final VectorSpecies<Long> I64 = VectorSpecies.of(long.class, SHAPE);

  /** Double precision: half as many lanes. */
  public static final VectorSpecies<Double> F64 = VectorSpecies.of(double.class, SHAPE);

  /** Lanes of {@link #F32}. */
  public static final int F32_LANES = F32.length();

  /** Lanes of {@link #F64}. */
  public static final int F64_LANES = F64.length();

  /** Bytes of one vector. */
  public static final int BYTES = F32.vectorByteSize();

  /** Bits of one vector in use. */
  public static final int BITS = F32.vectorBitSize();

  private Lanes() {}

  /** Bits of the widest vector that C2 supports on this machine. */
  public static int preferredBits() {
    return FloatVector.SPECIES_PREFERRED.vectorBitSize();
  }

  static VectorShape shape(@Nullable String bits) {
    if (bits == null) {
      return FloatVector.SPECIES_PREFERRED.vectorShape();
    }
    return switch (bits.strip().toLowerCase(Locale.ROOT)) {
      case "128" -> VectorShape.S_128_BIT;
      case "256" -> VectorShape.S_256_BIT;
      case "512" -> VectorShape.S_512_BIT;
      default ->
          throw new IllegalArgumentException(
              "-D" + PROPERTY + "=" + bits + " is not a vector width: use 128, 256 or 512");
    };
  }
}
