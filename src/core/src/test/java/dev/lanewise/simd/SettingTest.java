package dev.lanewise.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {
  @Test
  void aPropertyThatIsNotSetLeavesTheDefault() {
    assertEquals(7, Setting.of("lanewise.test.nobodySetsThis", 7, 1, 9));
    assertEquals(6, Setting.either("lanewise.test.nobodySetsThis", 6, 6, 12));
    assertEquals(2, Setting.parse("size", " 2 ", 7, value -> value < 9, "less than 9"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "", "many", "4294967298"})
  void whatIsNoSizeIsRefusedByNameAndRange(String text) {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> Setting.parse("lanewise.gemm.depth", text, 7, value -> value > 0, "1 or more"));
    assertEquals(
        "-Dlanewise.gemm.depth=" + text + " is not a size that fits: want 1 or more",
        error.getMessage());
  }
}
