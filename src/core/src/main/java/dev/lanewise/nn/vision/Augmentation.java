package dev.lanewise.nn.vision;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lanewise.kernel.random.Philox;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;

/**
 * Small changes to images that leave their class as it is: a part of the image padded with zeros is
 * cut out, it is turned left to right every second time, and noise is added (K. He et al.: Deep
 * Residual Learning for Image Recognition, 2016, section 4.2, has the first two).
 *
 * <p>There is no hidden generator: what becomes of an image is a function of the seed, the step and
 * its place in the batch, computed with Philox; a step that is taken again sees the same images.
 *
 * @param seed of the training
 * @param shift pixels by which an image moves at most, up, down and to either side; 0 or more
 * @param flips whether an image may be turned left to right
 * @param noise added to each element, uniform in {@code [-noise, noise)}; finite, 0 or more
 */
public record Augmentation(long seed, int shift, boolean flips, float noise) {
  /** Streams of the generator that no dropout of a model counts up to. */
  private static final int PLACES = 1 << 30;

  private static final int NOISE = PLACES + 1;

  /** Random words of an image: lines, columns, whether it is turned. */
  private static final int WORDS = 3;

  /** Checks each number. */
  public Augmentation {
    if (shift < 0) {
      throw new IllegalArgumentException("shift = " + shift + ": it must be 0 or more");
    }
    if (!(noise >= 0 && noise < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("noise = " + noise + ": want a finite number from 0 on");
    }
  }

  /**
   * Changes a batch.
   *
   * @param images [samples, height, width, channels]
   * @param from read: the images
   * @param to overwritten: as {@code from}, and apart from it
   * @param step of the training, from 0 on
   */
  public void apply(TensorLayout images, MemorySegment from, MemorySegment to, long step) {
    if (images.rank() != 4) {
      throw new IllegalArgumentException(
          "augmentation of "
              + images
              + ": four dimensions are wanted, [samples, height, width, channels]");
    }
    long image = images.dim(1) * images.dim(2) * images.dim(3);
    for (long sample = 0; sample < images.dim(0); sample++) {
      long down = moved(step, WORDS * sample);
      long right = moved(step, WORDS * sample + 1);
      boolean turned = flips && Philox.word(seed, PLACES, step, WORDS * sample + 2) < 0;
      for (long line = 0; line < images.dim(1); line++) {
        long source = line - down;
        long at = sample * image + line * images.dim(2) * images.dim(3);
        boolean inside = source >= 0 && source < images.dim(1);
        long begin = inside ? sample * image + source * images.dim(2) * images.dim(3) : -1;
        copyLine(images, from, begin, to, at, right, turned);
      }
    }
    if (noise > 0) {
      addNoise(to, images.elements(), step);
    }
  }

  /** By so many pixels, from {@code -shift} to {@code shift}, each as often. */
  private long moved(long step, long element) {
    long word = Integer.toUnsignedLong(Philox.word(seed, PLACES, step, element));
    return ((word * (2L * shift + 1)) >>> 32) - shift;
  }

  /** A line of an image; where {@code begin} is less than 0 it lies outside. */
  private static void copyLine(
      TensorLayout images,
      MemorySegment from,
      long begin,
      MemorySegment to,
      long at,
      long right,
      boolean turned) {
    long width = images.dim(2);
    long pixel = images.dim(3) * Float.BYTES;
    for (long x = 0; x < width; x++) {
      long source = (turned ? width - 1 - x : x) - right;
      long target = at * Float.BYTES + x * pixel;
      if (begin < 0 || source < 0 || source >= width) {
        to.asSlice(target, pixel).fill((byte) 0);
      } else {
        MemorySegment.copy(from, begin * Float.BYTES + source * pixel, to, target, pixel);
      }
    }
  }

  private void addNoise(MemorySegment to, long elements, long step) {
    for (long i = 0; i < elements; i++) {
      float unit = (Philox.word(seed, NOISE, step, i) >> 8) * 0x1p-23f;
      float value = to.get(JAVA_FLOAT_UNALIGNED, i * Float.BYTES);
      to.set(JAVA_FLOAT_UNALIGNED, i * Float.BYTES, value + noise * unit);
    }
  }
}
