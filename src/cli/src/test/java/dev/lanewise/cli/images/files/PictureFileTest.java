package dev.lanewise.cli.images.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.report.UserError;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures in files, which the tests write. */
class PictureFileTest {
  private static final int SIDE = 16;

  @TempDir Path folder;

  private Path write(String format, BufferedImage image) throws IOException {
    Path file = folder.resolve("picture." + format);
    assertTrue(ImageIO.write(image, format, file.toFile()));
    return file;
  }

  private static BufferedImage filled(int type, Color color) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, type);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        image.setRGB(x, y, color.getRGB());
      }
    }
    return image;
  }

  @Test
  void coloursAreThoseOfTheFile() throws IOException {
    BufferedImage image = filled(BufferedImage.TYPE_INT_RGB, new Color(10, 120, 250));
    image.setRGB(3, 2, new Color(1, 2, 3).getRGB());
    Picture picture = PictureFile.square(write("png", image), SIDE);
    assertEquals(3, picture.channels());
    int at = (2 * SIDE + 3) * 3;
    assertArrayEquals(
        new byte[] {1, 2, 3, 10, 120, (byte) 250},
        Arrays.copyOfRange(picture.pixels(), at, at + 6));
    picture = PictureFile.square(write("jpg", filled(image.getType(), Color.RED)), SIDE);
    assertEquals(3, picture.channels());
    // What a JPEG keeps of a flat red.
    assertEquals(255, picture.pixels()[0] & 0xff, 4);
    assertEquals(0, picture.pixels()[1] & 0xff, 4);
  }

  /** By way of red, green and blue, 64 would become 137. */
  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
  void greyIsThatOfTheFile(int type) throws IOException {
    BufferedImage image = new BufferedImage(SIDE, SIDE, type);
    int white = type == BufferedImage.TYPE_BYTE_GRAY ? 0xff : 0xffff;
    for (int x = 0; x < SIDE; x++) {
      image.getRaster().setSample(x, 1, 0, x * white / 15);
    }
    Picture picture = PictureFile.square(write("png", image), SIDE);
    assertEquals(1, picture.channels());
    for (int x = 0; x < SIDE; x++) {
      assertEquals((byte) (17 * x), picture.pixels()[SIDE + x]);
    }
  }

  @Test
  void whatIsTransparentLiesOnWhite() throws IOException {
    BufferedImage image = filled(BufferedImage.TYPE_INT_ARGB, new Color(100, 0, 0, 0));
    image.setRGB(1, 0, new Color(100, 0, 0, 51).getRGB());
    byte[] pixels = PictureFile.square(write("png", image), SIDE).pixels();
    assertArrayEquals(
        new byte[] {-1, -1, -1, (byte) 224, (byte) 204, (byte) 204}, Arrays.copyOf(pixels, 6));
  }

  @Test
  void aPictureIsMadeSmallerAndOneThatIsTooSmallNamed() throws IOException {
    Path file = write("png", filled(BufferedImage.TYPE_INT_RGB, Color.BLUE));
    Picture picture = PictureFile.square(file, 5);
    assertEquals(5 * 5 * 3, picture.pixels().length);
    assertEquals(-1, picture.pixels()[2]);
    assertEquals(
        file
            + " is 16 x 16 pixels, smaller than the 17 x 17 that the model takes: take it out of"
            + " the folder, or give --image-size 16 or less",
        assertThrows(UserError.class, () -> PictureFile.square(file, 17)).getMessage());
  }

  @Test
  void whatAFileIsDecideItsFirstBytes() throws IOException {
    Path png = write("png", filled(BufferedImage.TYPE_INT_RGB, Color.BLUE));
    Path other = Files.move(png, folder.resolve("picture.jpeg"));
    assertEquals(-1, PictureFile.square(other, SIDE).pixels()[2]);
    Path grey = Files.writeString(folder.resolve("grey.pgm"), "P2 1 1 5 5");
    assertEquals(-1, PictureFile.square(grey, 1).pixels()[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg"})
  void oneThatIsCutAnywhereIsNamed(String format) throws IOException {
    BufferedImage noise = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    SplittableRandom random = new SplittableRandom(1);
    for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
      noise.setRGB(pixel % SIDE, pixel / SIDE, random.nextInt());
    }
    Path file = write(format, noise);
    byte[] whole = Files.readAllBytes(file);
    // Behind the pixels a PNG has checksums and an end of no use: 12 + 4 + 4 bytes.
    int pixelsEnd = format.equals("png") ? whole.length - 20 : whole.length;
    for (int length = 0; length < pixelsEnd; length += 1 + length / 20) {
      Files.write(file, Arrays.copyOf(whole, length));
      UserError error = assertThrows(UserError.class, () -> PictureFile.square(file, SIDE));
      String message = String.valueOf(error.getMessage());
      assertTrue(message.startsWith(file + " is no picture that can be read ("), message);
      assertTrue(message.endsWith("): mend it, or take it out of the folder"), message);
    }
  }

  @Test
  void whatIsNoPictureAndAPictureOfTooManyPixelsAreNamed() throws IOException {
    Path text = Files.writeString(folder.resolve("text.png"), "no picture at all");
    refuses("it begins as no PNG, JPEG or PGM does", text);
    byte[] png = Files.readAllBytes(write("png", filled(BufferedImage.TYPE_INT_RGB, Color.CYAN)));
    // Width and height of the header: 65,536 each.
    png[17] = 1;
    png[18] = 0;
    png[19] = 0;
    png[21] = 1;
    png[22] = 0;
    png[23] = 0;
    refuses(
        "65536 x 65536 pixels are more than 67,108,864",
        Files.write(folder.resolve("large.png"), png));
    refuses("nowhere.png", folder.resolve("nowhere.png"));
  }

  private static void refuses(String part, Path file) {
    String message =
        String.valueOf(
            assertThrows(UserError.class, () -> PictureFile.square(file, SIDE)).getMessage());
    assertTrue(message.contains(part), message);
  }
}
