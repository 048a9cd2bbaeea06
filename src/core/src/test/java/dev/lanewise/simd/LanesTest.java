package dev.lanewise.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class LanesTest {
  /**
   * Set by the build, apart from the property under test: a suite that ran at another width would
   * prove nothing.
   */
  private static final String ASKED = System.getenv("LANEWISE_TEST_BITS");

  @Test
  void theWidthThatTheBuildAskedForIsTheOneInUse() {
    int asked =
        ASKED == null
            ? Integer.getInteger(Lanes.PROPERTY, Lanes.preferredBits())
            : Integer.parseInt(ASKED);
    assertEquals(asked, Lanes.BITS);
    assertEquals(asked, FloatVector.zero(Lanes.F32).bitSize());
  }

  @Test
  void theThreeSpeciesHaveOneShape() {
    assertEquals(Lanes.F32.vectorShape(), Lanes.I32.vectorShape());
    assertEquals(Lanes.F32.vectorShape(), Lanes.F64.vectorShape());
    assertEquals(Lanes.BITS, Lanes.F32_LANES * Float.SIZE);
    assertEquals(Lanes.BITS, Lanes.BYTES * Byte.SIZE);
  }

  @Test
  void aWidthThatDoesNotExistIsNamed() {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> Lanes.shape("1024"));
    assertEquals(
        "-Dlanewise.vectorBits=1024 is not a vector width: use 128, 256 or 512",
        error.getMessage());
  }
}
