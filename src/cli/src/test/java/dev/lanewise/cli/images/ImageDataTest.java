package dev.lanewise.cli.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.report.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in the four files of MNIST, sound and broken. */
class ImageDataTest {
  @TempDir Path folder;

  private void write(String name, int rank, int... sizes) throws IOException {
    int elements = 1;
    for (int size : sizes) {
      elements *= size;
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * rank + elements);
    bytes.put(new byte[] {0, 0, 8, (byte) rank});
    for (int size : sizes) {
      bytes.putInt(size);
    }
    for (int i = 0; i < elements; i++) {
      bytes.put((byte) (i % 10));
    }
    Files.write(folder.resolve(name), bytes.array());
  }

  private void writeAll() throws IOException {
    for (String part : List.of("train", "t10k")) {
      write(part + "-images-idx3-ubyte", 3, 20, 6, 5);
      write(part + "-labels-idx1-ubyte", 1, 20);
    }
  }

  @Test
  void imagesAndLabelsAreThoseOfTheFiles() throws IOException {
    writeAll();
    ImageData data = ImageData.of(folder, 32);
    LabelledImages images = data.training();
    assertEquals(20, images.count());
    assertEquals(6, images.height());
    assertEquals(5, images.width());
    assertEquals(1, images.channels());
    assertEquals(10, images.classes().size());
    assertEquals(3, images.label(13));
    assertEquals(7, images.element(2, 7));
  }

  @Test
  void whatIsWrongIsNamed() throws IOException {
    refuses("--images wants a folder with the four files of MNIST, unpacked");
    writeAll();
    write("train-labels-idx1-ubyte", 1, 19);
    refuses("give as many labels as images");
    write("train-labels-idx1-ubyte", 2, 20, 1);
    refuses("has 2 dimensions, 1 are wanted");
    writeAll();
    write("t10k-images-idx3-ubyte", 3, 20, 5, 5);
    refuses("6 x 5 to train on and 5 x 5 held out");
    Files.write(folder.resolve("train-images-idx3-ubyte"), new byte[] {0x1f, (byte) 0x8b});
    refuses("unpack it with gunzip");
  }

  private void refuses(String part) {
    String message =
        String.valueOf(assertThrows(UserError.class, () -> ImageData.of(folder, 32)).getMessage());
    assertTrue(message.contains(part), message);
  }
}
