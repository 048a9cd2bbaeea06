package dev.lanewise.cli.images;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Shapes on 32 x 32 pixels in colour: of any size between 12 and 24 pixels, turned by any angle,
 * somewhere near the middle, in two colours that differ, with noise. Image i of a seed is the same
 * on every machine; its class is {@code i % 8}.
 *
 * <p>Each shape is a signed distance, less than 0 inside; a pixel is covered by half a pixel's
 * distance from the edge.
 */
final class DrawnShapes {
  static final List<String> CLASSES =
      List.of("disc", "ring", "square", "frame", "triangle", "cross", "bar", "crescent");

  static final int SIDE = 32;
  static final int CHANNELS = 3;

  private static final double SMALLEST = 6;
  private static final double LARGEST = 12;
  private static final double OFF_CENTRE = 4;

  /** Of 255, in at least one channel. */
  private static final int CONTRAST = 80;

  private static final int NOISE = 24;

  private DrawnShapes() {}

  /** So many images. */
  static LabelledImages draw(int count, long seed) {
    int image = SIDE * SIDE * CHANNELS;
    byte[] pixels = new byte[Math.multiplyExact(count, image)];
    byte[] labels = new byte[count];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % CLASSES.size());
      draw(labels[i], random, pixels, i * image);
    }
    return new LabelledImages(SIDE, SIDE, CHANNELS, CLASSES, pixels, labels);
  }

  private static void draw(int shape, SplittableRandom random, byte[] pixels, int at) {
    double radius = random.nextDouble(SMALLEST, LARGEST);
    double angle = random.nextDouble(2 * Math.PI);
    double centreX = SIDE / 2.0 + random.nextDouble(-OFF_CENTRE, OFF_CENTRE);
    double centreY = SIDE / 2.0 + random.nextDouble(-OFF_CENTRE, OFF_CENTRE);
    int[] ground = colour(random);
    int[] ink = colour(random);
    while (distance(ground, ink) < CONTRAST) {
      ink = colour(random);
    }
    double sine = StrictMath.sin(angle);
    double cosine = StrictMath.cos(angle);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double dx = x + 0.5 - centreX;
        double dy = y + 0.5 - centreY;
        double outside = outside(shape, cosine * dx + sine * dy, cosine * dy - sine * dx, radius);
        double covered = Math.clamp(0.5 - outside, 0, 1);
        for (int c = 0; c < CHANNELS; c++) {
          double value = ground[c] + covered * (ink[c] - ground[c]);
          long noisy = Math.round(value) + random.nextInt(-NOISE, NOISE + 1);
          pixels[at + (y * SIDE + x) * CHANNELS + c] = (byte) Math.clamp(noisy, 0, 255);
        }
      }
    }
  }

  private static int[] colour(SplittableRandom random) {
    return new int[] {random.nextInt(256), random.nextInt(256), random.nextInt(256)};
  }

  private static int distance(int[] a, int[] b) {
    int most = 0;
    for (int c = 0; c < CHANNELS; c++) {
      most = Math.max(most, Math.abs(a[c] - b[c]));
    }
    return most;
  }

  /** Pixels from the edge of a shape of radius r, less than 0 inside. */
  private static double outside(int shape, double u, double v, double r) {
    double round = Math.sqrt(u * u + v * v);
    double edge = Math.max(Math.abs(u), Math.abs(v));
    double across = Math.max(Math.abs(u) - r, Math.abs(v) - 0.3 * r);
    double upright = Math.max(Math.abs(v) - r, Math.abs(u) - 0.3 * r);
    return switch (shape) {
      case 0 -> round - r;
      case 1 -> Math.abs(round - 0.75 * r) - 0.25 * r;
      case 2 -> edge - 0.85 * r;
      case 3 -> Math.abs(edge - 0.65 * r) - 0.2 * r;
      case 4 -> Math.max(v, Math.sqrt(0.75) * Math.abs(u) - 0.5 * v) - 0.5 * r;
      case 5 -> Math.min(across, upright);
      case 6 -> across;
      default -> {
        double bite = Math.sqrt((u - 0.5 * r) * (u - 0.5 * r) + v * v);
        yield Math.max(round - r, 0.85 * r - bite);
      }
    };
  }
}
