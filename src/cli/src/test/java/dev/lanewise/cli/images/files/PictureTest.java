package dev.lanewise.cli.images.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Pictures made smaller, and their channels. */
class PictureTest {
  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  @Test
  void aSquareOfItsOwnSizeStaysAsItIs() {
    byte[] pixels = new byte[7 * 7 * 3];
    new SplittableRandom(1).nextBytes(pixels);
    assertArrayEquals(pixels, new Picture(7, 7, 3, pixels).square(7).pixels());
  }

  @Test
  void theSquareIsCutFromTheMiddle() {
    Picture wide = new Picture(2, 5, 1, bytes(0, 1, 2, 3, 4, 10, 11, 12, 13, 14));
    assertArrayEquals(bytes(1, 2, 11, 12), wide.square(2).pixels());
    Picture high = new Picture(4, 2, 1, bytes(0, 1, 10, 11, 20, 21, 30, 31));
    assertArrayEquals(bytes(10, 11, 20, 21), high.square(2).pixels());
  }

  @Test
  void aPixelIsTheMeanOfTheAreaThatItCovers() {
    Picture four =
        new Picture(4, 4, 1, bytes(0, 4, 9, 9, 8, 12, 9, 9, 200, 200, 100, 0, 200, 200, 0, 101));
    assertArrayEquals(bytes(6, 9, 200, 50), four.square(2).pixels());
    // Each new pixel is one and a half of the old ones wide: weights 1 and 1/2.
    Picture three = new Picture(3, 3, 1, bytes(90, 0, 0, 0, 0, 0, 0, 0, 180));
    assertArrayEquals(bytes(40, 0, 0, 80), three.square(2).pixels());
  }

  @Test
  void channelsAreMadeSmallerEachForItself() {
    Picture picture = new Picture(2, 2, 3, bytes(0, 10, 20, 4, 10, 40, 0, 10, 20, 4, 10, 40));
    Picture small = picture.square(1);
    assertEquals(3, small.channels());
    assertArrayEquals(bytes(2, 10, 30), small.pixels());
  }

  /** A mean of pixels of one value is that value, for each pair of sizes. */
  @Test
  void whatIsFlatStaysFlatForAnySizes() {
    for (int edge = 1; edge <= 40; edge++) {
      byte[] pixels = new byte[edge * edge];
      java.util.Arrays.fill(pixels, (byte) 201);
      for (int side = 1; side <= edge; side++) {
        for (byte pixel : new Picture(edge, edge, 1, pixels).square(side).pixels()) {
          assertEquals((byte) 201, pixel, edge + " to " + side);
        }
      }
    }
  }

  @Test
  void greyIsWhatHasEqualChannels() {
    Picture grey = new Picture(1, 2, 3, bytes(7, 7, 7, 200, 200, 200));
    assertTrue(grey.isGrey());
    assertFalse(new Picture(1, 2, 3, bytes(7, 7, 7, 200, 200, 201)).isGrey());
    assertFalse(new Picture(1, 1, 3, bytes(7, 8, 7)).isGrey());
    Picture one = new Picture(1, 2, 1, bytes(7, 200));
    assertTrue(one.isGrey());
    byte[] written = new byte[8];
    grey.write(1, written, 0);
    one.write(3, written, 2);
    assertArrayEquals(bytes(7, 200, 7, 7, 7, 200, 200, 200), written);
  }
}
