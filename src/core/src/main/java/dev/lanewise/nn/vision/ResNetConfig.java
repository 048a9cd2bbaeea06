package dev.lanewise.nn.vision;

/**
 * The sizes of a {@link ResNet} for small images.
 *
 * @param channels of a pixel: 1 for grey, 3 for colours
 * @param classes there are, at least 1
 * @param width channels of the first stage, at least 1; each later stage has twice as many
 * @param blocks of a stage, at least 1: the network has {@code 6 blocks + 2} layers
 */
public record ResNetConfig(int channels, int classes, int width, int blocks) {
  /** Stages, each but the first of half the height and width. */
  public static final int STAGES = 3;

  /** Checks each size. */
  public ResNetConfig {
    atLeastOne("channels", channels);
    atLeastOne("classes", classes);
    atLeastOne("width", width);
    atLeastOne("blocks", blocks);
    Math.multiplyExact(width, 1 << (STAGES - 1));
  }

  /** 20 layers, 16 channels wide: that of the paper for images of 32 x 32. */
  public static ResNetConfig resNet20(int channels, int classes) {
    return new ResNetConfig(channels, classes, 16, 3);
  }

  /** Channels of a stage, from 0 on. */
  public int width(int stage) {
    return width << stage;
  }

  private static void atLeastOne(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " = " + value + ": it must be at least 1");
    }
  }
}
