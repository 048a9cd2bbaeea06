package dev.lanewise.ops.conv;

/**
 * The sizes of a two-dimensional convolution over images whose channels lie together:
 *
 * <pre>
 * x        [samples, height, width, channels]
 * weight   [outChannels, kernelHeight, kernelWidth, channels / groups]
 * y        [samples, outHeight, outWidth, outChannels]
 * outHeight = (height + 2 padY - dilationY (kernelHeight - 1) - 1) / strideY + 1, rounded down; outWidth alike
 * </pre>
 *
 * <p>A series is an image of height 1. With as many groups as channels each channel is convolved
 * alone ("depthwise").
 *
 * @param samples images, 0 or more
 * @param height lines of an image, at least 1
 * @param width pixels of a line, at least 1
 * @param channels of a pixel, a multiple of groups
 * @param outChannels of an output pixel, a multiple of groups
 * @param kernelHeight lines of the kernel, at least 1
 * @param kernelWidth columns of the kernel, at least 1
 * @param strideY lines from one output pixel to the next, at least 1
 * @param strideX columns from one output pixel to the next, at least 1
 * @param padY lines of zeros above the image and below it
 * @param padX columns of zeros on either side of the image
 * @param dilationY lines from one element of the kernel to the next, at least 1
 * @param dilationX columns from one element of the kernel to the next, at least 1
 * @param groups of channels that are convolved apart, at least 1
 */
public record ConvShape(
    int samples,
    int height,
    int width,
    int channels,
    int outChannels,
    int kernelHeight,
    int kernelWidth,
    int strideY,
    int strideX,
    int padY,
    int padX,
    int dilationY,
    int dilationX,
    int groups) {
  /** Checks each size, and that there is an output. */
  public ConvShape {
    if (samples < 0) {
      throw new IllegalArgumentException("samples = " + samples + ": it must be 0 or more");
    }
    atLeast("height", height, 1);
    atLeast("width", width, 1);
    atLeast("channels", channels, 1);
    atLeast("outChannels", outChannels, 1);
    atLeast("kernelHeight", kernelHeight, 1);
    atLeast("kernelWidth", kernelWidth, 1);
    atLeast("strideY", strideY, 1);
    atLeast("strideX", strideX, 1);
    atLeast("padY", padY, 0);
    atLeast("padX", padX, 0);
    atLeast("dilationY", dilationY, 1);
    atLeast("dilationX", dilationX, 1);
    atLeast("groups", groups, 1);
    if (channels % groups != 0 || outChannels % groups != 0) {
      throw new IllegalArgumentException(
          "groups = "
              + groups
              + " do not divide channels = "
              + channels
              + " and outChannels = "
              + outChannels
              + ": both have to be multiples of it");
    }
    requireOutput("height", height, padY, kernelHeight, dilationY);
    requireOutput("width", width, padX, kernelWidth, dilationX);
    long most = Integer.MAX_VALUE;
    long pixels = (long) samples * out(height, padY, kernelHeight, dilationY, strideY);
    long patch = (long) kernelHeight * kernelWidth;
    if (pixels > most
        || pixels * out(width, padX, kernelWidth, dilationX, strideX) > most
        || (long) samples * height > most
        || (long) samples * height * width > most
        || patch > most
        || patch * Math.max(channels, outChannels) > most) {
      throw new IllegalArgumentException(
          samples
              + " images of "
              + height
              + " x "
              + width
              + " x "
              + channels
              + " under kernels of "
              + kernelHeight
              + " x "
              + kernelWidth
              + ": there are 2^31 pixels or elements of a patch or more, make the batch smaller");
    }
  }

  /** A convolution with stride 1, no padding, no dilation and one group. */
  public static ConvShape of(
      int samples,
      int height,
      int width,
      int channels,
      int outChannels,
      int kernelHeight,
      int kernelWidth) {
    return new ConvShape(
        samples,
        height,
        width,
        channels,
        outChannels,
        kernelHeight,
        kernelWidth,
        1,
        1,
        0,
        0,
        1,
        1,
        1);
  }

  /** The same with these strides. */
  public ConvShape stride(int y, int x) {
    return new ConvShape(
        samples,
        height,
        width,
        channels,
        outChannels,
        kernelHeight,
        kernelWidth,
        y,
        x,
        padY,
        padX,
        dilationY,
        dilationX,
        groups);
  }

  /** The same with so many zeros on each side. */
  public ConvShape padding(int y, int x) {
    return new ConvShape(
        samples,
        height,
        width,
        channels,
        outChannels,
        kernelHeight,
        kernelWidth,
        strideY,
        strideX,
        y,
        x,
        dilationY,
        dilationX,
        groups);
  }

  /** The same with the elements of the kernel so far apart. */
  public ConvShape dilation(int y, int x) {
    return new ConvShape(
        samples,
        height,
        width,
        channels,
        outChannels,
        kernelHeight,
        kernelWidth,
        strideY,
        strideX,
        padY,
        padX,
        y,
        x,
        groups);
  }

  /** The same with so many groups. */
  public ConvShape groups(int count) {
    return new ConvShape(
        samples,
        height,
        width,
        channels,
        outChannels,
        kernelHeight,
        kernelWidth,
        strideY,
        strideX,
        padY,
        padX,
        dilationY,
        dilationX,
        count);
  }

  /** Lines of the output. */
  public int outHeight() {
    return (int) out(height, padY, kernelHeight, dilationY, strideY);
  }

  /** Pixels of a line of the output. */
  public int outWidth() {
    return (int) out(width, padX, kernelWidth, dilationX, strideX);
  }

  /** Output pixels of all samples. */
  public int outPixels() {
    return Math.multiplyExact(Math.multiplyExact(samples, outHeight()), outWidth());
  }

  /** Elements of x. */
  public long inputElements() {
    return Math.multiplyExact((long) samples * height * width, (long) channels);
  }

  /** Elements of y. */
  public long outputElements() {
    return (long) outPixels() * outChannels;
  }

  /** Channels that an output channel sees. */
  public int groupChannels() {
    return channels / groups;
  }

  /** Elements of the kernel of one output channel. */
  public int patch() {
    return Math.multiplyExact(Math.multiplyExact(kernelHeight, kernelWidth), groupChannels());
  }

  /** Elements of all kernels. */
  public long weightElements() {
    return (long) outChannels * patch();
  }

  /** Multiplications and additions of one pass. */
  public double flops() {
    return 2.0 * outPixels() * outChannels * patch();
  }

  private static long out(int size, int padding, int kernel, int dilation, int stride) {
    long span = (long) dilation * (kernel - 1) + 1;
    return (size + 2L * padding - span) / stride + 1;
  }

  private static void requireOutput(String name, int size, int padding, int kernel, int dilation) {
    long span = (long) dilation * (kernel - 1) + 1;
    if (size + 2L * padding > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name
              + " = "
              + size
              + " with "
              + padding
              + " of padding on each side: it must be below 2^31");
    }
    if (size + 2L * padding < span) {
      throw new IllegalArgumentException(
          name
              + " = "
              + size
              + " with "
              + padding
              + " of padding on each side is less than the kernel's "
              + span
              + ": there is no output, use a smaller kernel or more padding");
    }
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          name + " = " + value + ": it must be " + least + " or more");
    }
  }
}
