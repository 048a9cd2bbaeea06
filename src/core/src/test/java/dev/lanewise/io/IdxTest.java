package dev.lanewise.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** IDX files, sound and broken ones. */
class IdxTest {
  /** 2 x 3 bytes, 0 to 5. */
  private static final byte[] SOUND = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 2, 3, 4, 5};

  @TempDir Path folder;

  private Path file(byte... bytes) throws IOException {
    return Files.write(folder.resolve("images.idx"), bytes);
  }

  @Test
  void dimensionsAndElementsAreThoseOfTheFile() throws IOException {
    Idx idx = Idx.read(file(SOUND));
    assertEquals(2, idx.rank());
    assertEquals(2, idx.dim(0));
    assertEquals(3, idx.dim(1));
    assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 5}, idx.data());
  }

  @Test
  void anEmptyArrayIsOne() throws IOException {
    Idx idx = Idx.read(file(new byte[] {0, 0, 8, 1, 0, 0, 0, 0}));
    assertEquals(0, idx.dim(0));
    assertEquals(0, idx.data().length);
  }

  @Test
  void whatIsWrongIsNamed() throws IOException {
    refuses("does not begin as an IDX file does");
    refuses("does not begin as an IDX file does", (byte) 0, (byte) 0, (byte) 8);
    refuses("does not begin as an IDX file does", changed(0, 1));
    refuses("compressed, unpack it with gunzip", (byte) 0x1f, (byte) 0x8b, (byte) 8, (byte) 0);
    refuses("its elements are of type 13, unsigned bytes are 8", changed(2, 13));
    refuses("it has 0 dimensions, 1 to 8 are read", changed(3, 0));
    refuses("it has 200 dimensions, 1 to 8 are read", changed(3, 200));
    refuses("a dimension of -2147483646 x 3 is 2^31 or more", changed(4, 0x80));
    refuses("2130706434 x 3 is 2^31 elements or more", changed(4, 0x7f));
    refuses("3 x 3 is 9 elements, the file has 6 behind its header", changed(7, 3));
    refuses("ends within the sizes of its 2 dimensions", Arrays.copyOf(SOUND, 9));
    refuses("the file has 5 behind its header", Arrays.copyOf(SOUND, SOUND.length - 1));
    refuses("the file has 7 behind its header", Arrays.copyOf(SOUND, SOUND.length + 1));
  }

  private static byte[] changed(int place, int value) {
    byte[] bytes = SOUND.clone();
    bytes[place] = (byte) value;
    return bytes;
  }

  private void refuses(String part, byte... bytes) throws IOException {
    Path file = file(bytes);
    String message =
        String.valueOf(
            assertThrows(MalformedTensorFileException.class, () -> Idx.read(file)).getMessage());
    assertTrue(message.contains(part) && message.contains("images.idx"), message);
  }

  @Test
  void noBytesWhateverLeadToAnythingButThatException() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    int read = 0;
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = SOUND.clone();
      for (int change = 0; change < 1 + round % 3; change++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Path file = file(Arrays.copyOf(bytes, bytes.length - round % 2));
      try {
        Idx.read(file);
        read++;
      } catch (MalformedTensorFileException refused) {
        assertTrue(String.valueOf(refused.getMessage()).contains("images.idx"));
      }
    }
    // Those whose elements alone have changed.
    assertTrue(read > 100 && read < 1_000, "read " + read);
  }
}
