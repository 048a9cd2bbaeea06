package dev.lanewise.autograd.reference;

import static dev.lanewise.autograd.higher.Arithmetic.add;
import static dev.lanewise.autograd.higher.Arithmetic.mul;
import static dev.lanewise.blas.Transpose.NO_TRANS;
import static dev.lanewise.blas.Transpose.TRANS;

import dev.lanewise.autograd.higher.DoubleTensor;
import dev.lanewise.autograd.higher.Indexing;
import dev.lanewise.autograd.higher.Matrices;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.ops.conv.ConvShape;

/**
 * Convolutions and poolings of images whose channels lie together, [samples, height, width,
 * channels]; a series is an image of height 1.
 *
 * <pre>
 * op                    y
 * conv2d                the patches of x times the weights of their group, + bias
 * transposedConv2d      x times the weights, added up where the patches lie, + bias
 * maxPool               the largest of a window; its gradient goes to the first
 * averagePool           the mean of a window
 * adaptiveAveragePool   the means of windows of nearly equal size
 * </pre>
 */
public final class Images {
  /** Which lines or columns a window has, and how many count. */
  private record Range(int begin, int end, int count) {
    static Range[] of(long size, int window, int stride, int padding, boolean countPadding) {
      Range[] ranges = new Range[Math.toIntExact((size + 2L * padding - window) / stride + 1)];
      for (int i = 0; i < ranges.length; i++) {
        int from = Math.multiplyExact(i, stride) - padding;
        int begin = Math.max(0, from);
        int end = Math.toIntExact(Math.min(size, (long) from + window));
        ranges[i] = new Range(begin, end, countPadding ? window : end - begin);
      }
      return ranges;
    }

    static Range[] adaptive(long size, int out) {
      Range[] ranges = new Range[out];
      for (int i = 0; i < out; i++) {
        int begin = Math.toIntExact(i * size / out);
        int end = Math.toIntExact(Math.ceilDiv((i + 1) * size, (long) out));
        ranges[i] = new Range(begin, end, end - begin);
      }
      return ranges;
    }
  }

  private Images() {}

  /**
   * Convolution.
   *
   * @param x [samples, height, width, channels]
   * @param weight [outChannels, kernelHeight, kernelWidth, channels / groups]
   * @param bias [outChannels]
   * @param shape of all of these
   * @return [samples, outHeight, outWidth, outChannels]
   */
  public static DoubleTensor conv2d(
      DoubleTensor x, DoubleTensor weight, DoubleTensor bias, ConvShape shape) {
    DoubleTensor[] groups = new DoubleTensor[shape.groups()];
    for (int g = 0; g < groups.length; g++) {
      DoubleTensor patches = Indexing.gather(x, patchLayout(shape), patches(shape, g));
      groups[g] = Matrices.matmul(patches, NO_TRANS, ofGroup(weight, shape, g), TRANS);
    }
    TensorLayout y =
        TensorLayout.of(shape.samples(), shape.outHeight(), shape.outWidth(), shape.outChannels());
    return add(Matrices.reshape(Indexing.concat(1, groups), y), bias);
  }

  /**
   * Transposed convolution: the gradient of {@link #conv2d} by its input, as a forward pass.
   *
   * @param x [samples, outHeight, outWidth, outChannels] of {@code shape}
   * @param weight [outChannels, kernelHeight, kernelWidth, channels / groups]
   * @param bias [channels]
   * @param shape of the convolution that leads back
   * @return [samples, height, width, channels] of {@code shape}
   */
  public static DoubleTensor transposedConv2d(
      DoubleTensor x, DoubleTensor weight, DoubleTensor bias, ConvShape shape) {
    TensorLayout y =
        TensorLayout.of(shape.samples(), shape.height(), shape.width(), shape.channels());
    long share = shape.outChannels() / shape.groups();
    DoubleTensor pixels =
        Matrices.reshape(x, TensorLayout.of(patchLayout(shape).dim(0), shape.outChannels()));
    DoubleTensor sum = x.graph().filled(y, 0);
    for (int g = 0; g < shape.groups(); g++) {
      DoubleTensor own = Indexing.slice(pixels, 1, g * share, share);
      DoubleTensor patches = Matrices.matmul(own, ofGroup(weight, shape, g));
      sum = add(sum, Indexing.scatterAdd(patches, y, patches(shape, g)));
    }
    return add(sum, bias);
  }

  /** The weights of a group as a matrix, [outChannels / groups, elements of a patch]. */
  private static DoubleTensor ofGroup(DoubleTensor weight, ConvShape shape, int group) {
    long share = shape.outChannels() / shape.groups();
    DoubleTensor rows = Indexing.slice(weight, 0, group * share, share);
    return Matrices.reshape(rows, TensorLayout.of(share, patchLayout(shape).dim(1)));
  }

  private static TensorLayout patchLayout(ConvShape shape) {
    return TensorLayout.of(
        (long) shape.samples() * shape.outHeight() * shape.outWidth(),
        (long) shape.kernelHeight() * shape.kernelWidth() * (shape.channels() / shape.groups()));
  }

  /** Where each element of each patch lies in the image, below 0 in the padding. */
  private static int[] patches(ConvShape shape, int group) {
    int share = shape.channels() / shape.groups();
    int[] places = new int[Math.toIntExact(patchLayout(shape).elements())];
    int i = 0;
    for (int n = 0; n < shape.samples(); n++) {
      for (int oy = 0; oy < shape.outHeight(); oy++) {
        for (int ox = 0; ox < shape.outWidth(); ox++) {
          for (int ky = 0; ky < shape.kernelHeight(); ky++) {
            for (int kx = 0; kx < shape.kernelWidth(); kx++) {
              long y = (long) oy * shape.strideY() - shape.padY() + (long) ky * shape.dilationY();
              long x = (long) ox * shape.strideX() - shape.padX() + (long) kx * shape.dilationX();
              boolean inside = y >= 0 && y < shape.height() && x >= 0 && x < shape.width();
              long pixel = ((long) n * shape.height() + y) * shape.width() + x;
              long first = pixel * shape.channels() + (long) group * share;
              for (int c = 0; c < share; c++) {
                places[i++] = inside ? Math.toIntExact(first + c) : -1;
              }
            }
          }
        }
      }
    }
    return places;
  }

  /** The largest of each square window; at most half of one lies in the padding. */
  public static DoubleTensor maxPool(DoubleTensor x, int window, int stride, int padding) {
    Range[] lines = Range.of(x.layout().dim(1), window, stride, padding, false);
    Range[] columns = Range.of(x.layout().dim(2), window, stride, padding, false);
    TensorLayout y = pooled(x, lines.length, columns.length);
    double[] values = x.toArray();
    int[] largest = new int[Math.toIntExact(y.elements())];
    for (int i = 0; i < largest.length; i++) {
      int[] places = window(x, y, lines, columns, i);
      largest[i] = places[0];
      for (int place : places) {
        largest[i] = values[place] > values[largest[i]] ? place : largest[i];
      }
    }
    return Indexing.gather(x, y, largest);
  }

  /**
   * The mean of each square window.
   *
   * @param countPadding whether padding counts as zeros
   */
  public static DoubleTensor averagePool(
      DoubleTensor x, int window, int stride, int padding, boolean countPadding) {
    return means(
        x,
        Range.of(x.layout().dim(1), window, stride, padding, countPadding),
        Range.of(x.layout().dim(2), window, stride, padding, countPadding));
  }

  /** The means of so many windows of nearly equal size that cover each image. */
  public static DoubleTensor adaptiveAveragePool(DoubleTensor x, int outHeight, int outWidth) {
    return means(
        x,
        Range.adaptive(x.layout().dim(1), outHeight),
        Range.adaptive(x.layout().dim(2), outWidth));
  }

  private static DoubleTensor means(DoubleTensor x, Range[] lines, Range[] columns) {
    TensorLayout y = pooled(x, lines.length, columns.length);
    int[][] windows = new int[Math.toIntExact(y.elements())][];
    double[] shares = new double[windows.length];
    int longest = 0;
    for (int i = 0; i < windows.length; i++) {
      windows[i] = window(x, y, lines, columns, i);
      shares[i] = 1.0 / ((long) line(y, lines, i).count * column(y, columns, i).count);
      longest = Math.max(longest, windows[i].length);
    }
    int[] places = new int[Math.multiplyExact(windows.length, longest)];
    for (int i = 0; i < places.length; i++) {
      int[] window = windows[i / longest];
      places[i] = i % longest < window.length ? window[i % longest] : -1;
    }
    DoubleTensor elements = Indexing.gather(x, TensorLayout.of(windows.length, longest), places);
    return mul(Matrices.reshape(Rows.rowSum(elements), y), x.graph().constant(y, shares));
  }

  private static TensorLayout pooled(DoubleTensor x, int outHeight, int outWidth) {
    return TensorLayout.of(x.layout().dim(0), outHeight, outWidth, x.layout().dim(3));
  }

  private static Range line(TensorLayout y, Range[] lines, int element) {
    return lines[(int) (element / (y.dim(2) * y.dim(3)) % y.dim(1))];
  }

  private static Range column(TensorLayout y, Range[] columns, int element) {
    return columns[(int) (element / y.dim(3) % y.dim(2))];
  }

  /** Where the elements of x lie that an element of y comes from. */
  private static int[] window(
      DoubleTensor x, TensorLayout y, Range[] lines, Range[] columns, int element) {
    Range line = line(y, lines, element);
    Range column = column(y, columns, element);
    long sample = element / (y.dim(1) * y.dim(2) * y.dim(3));
    int[] places = new int[Math.multiplyExact(line.end - line.begin, column.end - column.begin)];
    int i = 0;
    for (int h = line.begin; h < line.end; h++) {
      for (int w = column.begin; w < column.end; w++) {
        long pixel = (sample * x.layout().dim(1) + h) * x.layout().dim(2) + w;
        places[i++] = Math.toIntExact(pixel * y.dim(3) + element % y.dim(3));
      }
    }
    return places;
  }
}
