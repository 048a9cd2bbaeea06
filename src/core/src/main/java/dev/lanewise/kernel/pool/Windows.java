package dev.lanewise.kernel.pool;

/**
 * Where the windows of a pooling lie along the lines or the columns of an image: at equal steps,
 * or, with a window of 0, so that {@code out} windows of nearly equal size cover all of it
 * ("adaptive").
 *
 * @param size lines or columns of the image, at least 1
 * @param out windows, at least 1
 * @param window lines or columns of one, or 0
 * @param stride from one to the next
 * @param padding lines or columns before the image that the first window begins with, at most half
 *     of it, so that no window lies outside
 */
public record Windows(int size, int out, int window, int stride, int padding) {
  /** The first line or column of a window that lies in the image. */
  public int begin(int at) {
    if (window == 0) {
      return (int) ((long) at * size / out);
    }
    return Math.max(0, Math.multiplyExact(at, stride) - padding);
  }

  /** One past the last. */
  public int end(int at) {
    if (window == 0) {
      return (int) Math.ceilDiv((at + 1L) * size, (long) out);
    }
    return Math.min(size, Math.multiplyExact(at, stride) - padding + window);
  }

  /** Its lines or columns with the padding, if that counts. */
  int count(int at, boolean withPadding) {
    return withPadding && window != 0 ? window : end(at) - begin(at);
  }
}
