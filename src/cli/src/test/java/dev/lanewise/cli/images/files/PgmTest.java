package dev.lanewise.cli.images.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Grey pictures of Netpbm, sound and broken ones. */
class PgmTest {
  private static final long MOST = 1_000;

  private static byte[] bytes(String header, int... raster) {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = Arrays.copyOf(text, text.length + raster.length);
    for (int i = 0; i < raster.length; i++) {
      all[text.length + i] = (byte) raster[i];
    }
    return all;
  }

  private static void check(byte[] file, int height, int width, int... pixels) throws IOException {
    assertTrue(Pgm.isOne(file));
    Picture picture = Pgm.read(file, MOST);
    assertEquals(height, picture.height());
    assertEquals(width, picture.width());
    assertEquals(1, picture.channels());
    assertArrayEquals(bytes("", pixels), picture.pixels());
  }

  @Test
  void pixelsAreBytesOrNumbersAndCommentsPassedOver() throws IOException {
    check(bytes("P5 3 2 255\n", 0, 1, 2, 253, 254, 255), 2, 3, 0, 1, 2, 253, 254, 255);
    check(
        bytes("P2\n# by hand\n3 # columns\n2\n255\n0 1 2\n253\t254\r\n255\n"),
        2,
        3,
        0,
        1,
        2,
        253,
        254,
        255);
    // White space right behind the header belongs to the pixels.
    check(bytes("P5\n1 2\n255\n", ' ', '#'), 2, 1, ' ', '#');
  }

  @Test
  void whiteIs255WhateverItsValueInTheFile() throws IOException {
    check(bytes("P2 4 1 15 0 1 8 15"), 1, 4, 0, 17, 136, 255);
    check(bytes("P5 3 1 65535\n", 0, 0, 0x80, 0, 0xff, 0xff), 1, 3, 0, 128, 255);
    check(bytes("P2 2 1 1 0 1"), 1, 2, 0, 255);
  }

  @Test
  void whatDoesNotHoldIsTold() {
    refuses("its 6 pixels are 6 bytes, it has 5", bytes("P5 3 2 255\n", 1, 2, 3, 4, 5));
    refuses("its 6 pixels are 6 bytes, it has 7", bytes("P5 3 2 255\n", 1, 2, 3, 4, 5, 6, 7));
    refuses("its 6 pixels are 12 bytes, it has 6", bytes("P5 3 2 256\n", 1, 2, 3, 4, 5, 6));
    refuses("its 6 pixels are 6 bytes, it has 0", bytes("P5 3 2 255"));
    refuses("its 4 pixels are more than it has numbers", bytes("P2 2 2 9\n1 2 3"));
    refuses("pixel 3 is no number", bytes("P2 2 2 999\n1 222 3"));
    refuses("something stands behind its 2 pixels", bytes("P2 2 1 9\n1 2 3"));
    refuses("a pixel is 10, white is 9", bytes("P2 2 1 9\n1 10"));
    refuses("a pixel is 10, white is 9", bytes("P5 2 1 9\n", 1, 10));
    refuses("its width is no number", bytes("P5\nwide 2 255\n"));
    refuses("its width is no number", bytes("P53 2 255\n", 1, 2, 3, 4, 5, 6));
    refuses("its height is no number", bytes("P5 3 -2 255\n"));
    refuses("its width is no number", bytes("P5 3x2 255\n"));
    refuses("its width is above 2147483647", bytes("P5 99999999999999999999 2 255\n"));
    refuses("the value of white is above 65535", bytes("P5 3 2 65536\n"));
    refuses("it has no pixels, or white is 0", bytes("P5 0 2 255\n"));
    refuses("it has no pixels, or white is 0", bytes("P5 3 2 0\n", 0, 0, 0, 0, 0, 0));
    refuses("2147483647 x 2147483647 pixels are more than", bytes("P5 2147483647 2147483647 255 "));
    refuses("1001 x 1 pixels are more than 1,000", bytes("P2 1001 1 255 "));
    refuses("its height is no number", bytes("P5 3 # nothing follows"));
  }

  private static void refuses(String reason, byte[] file) {
    String message =
        String.valueOf(assertThrows(IOException.class, () -> Pgm.read(file, MOST)).getMessage());
    assertTrue(message.contains(reason), message);
  }

  /** Whatever bytes there are: a picture of the size it tells, or the reason why not. */
  @Test
  void noFileIsTrusted() throws IOException {
    byte[] sound = bytes("P2\n# by hand\n3 2 255\n0 1 2\n253 254 255\n");
    SplittableRandom random = new SplittableRandom(5);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] broken = Arrays.copyOf(sound, random.nextInt(3, sound.length + 1));
      for (int change = random.nextInt(3); change > 0; change--) {
        broken[random.nextInt(2, broken.length)] = (byte) random.nextInt(0x20, 0x3a);
      }
      broken[1] = (byte) (random.nextBoolean() ? '2' : '5');
      try {
        Picture picture = Pgm.read(broken, MOST);
        assertEquals(picture.height() * picture.width(), picture.pixels().length);
        read++;
      } catch (IOException told) {
        assertTrue(String.valueOf(told.getMessage()).length() > 10, told.getMessage());
      }
    }
    assertTrue(read > 100, read + " were read");
  }
}
