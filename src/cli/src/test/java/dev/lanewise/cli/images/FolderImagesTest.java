package dev.lanewise.cli.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.report.UserError;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images from folders of pictures. */
class FolderImagesTest {
  @TempDir Path folder;

  private Path pgm(String name, int side, int value) throws IOException {
    StringBuilder text = new StringBuilder("P2 " + side + " " + side + " 255\n");
    text.append((value + " ").repeat(side * side));
    return write(name, text.toString());
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private void grey() throws IOException {
    pgm("a/1.pgm", 8, 10);
    pgm("b/1.pgm", 4, 20);
    pgm("b/2.pgm", 6, 30);
    pgm("test/b/3.pgm", 5, 40);
  }

  @Test
  void greyPicturesAreImagesOfOneChannelInTheOrderOfTheirNames() throws IOException {
    grey();
    ImageData data = ImageData.of(folder, 4);
    LabelledImages training = data.training();
    assertEquals(3, training.count());
    assertEquals(4, training.height());
    assertEquals(4, training.width());
    assertEquals(1, training.channels());
    int[] labels = {0, 1, 1};
    for (int i = 0; i < 3; i++) {
      assertEquals(labels[i], training.label(i));
      assertEquals(10 * (i + 1), training.element(i, 15));
    }
    assertEquals(1, data.heldOut().count());
    assertEquals(1, data.heldOut().label(0));
    assertEquals(40, data.heldOut().element(0, 0));
    assertEquals(data.fingerprint(), ImageData.of(folder, 4).fingerprint());
    pgm("test/b/3.pgm", 5, 41);
    assertTrue(!data.fingerprint().equals(ImageData.of(folder, 4).fingerprint()));
  }

  @Test
  void onePictureInColourMakesThreeChannelsOfAll() throws IOException {
    grey();
    BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, 0x0000ff);
    assertTrue(ImageIO.write(image, "png", folder.resolve("test/b/4.png").toFile()));
    ImageData data = ImageData.of(folder, 4);
    assertEquals(3, data.training().channels());
    assertEquals(3, data.heldOut().channels());
    assertEquals(30, data.training().element(2, 47));
    assertEquals(0, data.heldOut().element(1, 0));
    assertEquals(255, data.heldOut().element(1, 2));
  }

  @Test
  void theFirstPictureThatCannotBeReadIsNamed() throws IOException {
    grey();
    Path first = write("b/15.pgm", "P2 nothing");
    write("b/16.pgm", "P2 nothing");
    refuses(first + " is no picture that can be read (its width is no number)", 4);
    Files.delete(first);
    Files.delete(folder.resolve("b/16.pgm"));
    refuses(folder.resolve("b/1.pgm") + " is 4 x 4 pixels, smaller than the 5 x 5", 5);
  }

  private void refuses(String part, int side) {
    String message =
        String.valueOf(
            assertThrows(UserError.class, () -> ImageData.of(folder, side)).getMessage());
    assertTrue(message.contains(part), message);
  }
}
