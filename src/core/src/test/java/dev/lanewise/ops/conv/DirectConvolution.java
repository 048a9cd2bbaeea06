package dev.lanewise.ops.conv;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Convolution and its gradients by their definition, in double precision: one loop for each sum.
 */
public final class DirectConvolution {
  /** Visits each triple of an element of x, of the weight and of y that belong together. */
  @FunctionalInterface
  private interface Visitor {
    void visit(int x, int weight, int y);
  }

  private DirectConvolution() {}

  /** y without bias. */
  public static double[] forward(ConvShape shape, double[] x, double[] weight) {
    double[] y = new double[(int) shape.outputElements()];
    visit(shape, (i, w, o) -> y[o] += x[i] * weight[w]);
    return y;
  }

  /** dx. */
  public static double[] backwardData(ConvShape shape, double[] dy, double[] weight) {
    double[] dx = new double[(int) shape.inputElements()];
    visit(shape, (i, w, o) -> dx[i] += dy[o] * weight[w]);
    return dx;
  }

  /** dWeight. */
  public static double[] backwardWeight(ConvShape shape, double[] x, double[] dy) {
    double[] dWeight = new double[(int) shape.weightElements()];
    visit(shape, (i, w, o) -> dWeight[w] += x[i] * dy[o]);
    return dWeight;
  }

  /** y in single precision: each element one chain of fused multiply-adds, then its bias. */
  public static float[] chainForward(ConvShape s, float[] x, float[] weight, float[] bias) {
    float[] y = new float[(int) s.outputElements()];
    List<Integer> columns = IntStream.range(0, s.kernelWidth()).boxed().toList();
    boolean adjacent = s.strideX() == 1 && s.dilationX() == 1;
    int step = step(columns, adjacent && Conv2d.servesForward(s));
    int outputs = s.outChannels() / s.groups();
    for (int element = 0; element < y.length; element++) {
      int o = element % s.outChannels();
      int pixel = element / s.outChannels();
      int top = pixel / s.outWidth() % s.outHeight() * s.strideY() - s.padY();
      int left = pixel % s.outWidth() * s.strideX() - s.padX();
      int n = pixel / s.outWidth() / s.outHeight();
      for (int i = 0; i < s.kernelHeight(); i++) {
        for (int first = 0; first < columns.size(); first += step) {
          for (int c = 0; c < s.groupChannels(); c++) {
            for (int j : columns.subList(first, first + step)) {
              int line = top + i * s.dilationY();
              int column = left + j * s.dilationX();
              if (line >= 0 && line < s.height() && column >= 0 && column < s.width()) {
                int at = (n * s.height() + line) * s.width() + column;
                float value = x[at * s.channels() + o / outputs * s.groupChannels() + c];
                y[element] = Math.fma(value, weight[weightAt(s, o, i, j, c)], y[element]);
              }
            }
          }
        }
      }
      y[element] += bias[o];
    }
    return y;
  }

  /** dx as such chains, which begin with what is in it. */
  public static void chainBackwardData(ConvShape s, float[] dy, float[] weight, float[] dx) {
    int outputs = s.outChannels() / s.groups();
    for (int element = 0; element < dx.length; element++) {
      int channel = element % s.channels();
      int pixel = element / s.channels();
      int bottom = pixel / s.width() % s.height() + s.padY();
      int right = pixel % s.width() + s.padX();
      int n = pixel / s.width() / s.height();
      List<Integer> columns = columnsThatSee(s, right);
      boolean adjacent =
          columns.size() > 1 && (columns.get(0) - columns.get(1)) * s.dilationX() == s.strideX();
      int step = step(columns, adjacent && Conv2d.servesBackwardData(s));
      int group = channel / s.groupChannels();
      for (int i = s.kernelHeight() - 1; i >= 0; i--) {
        for (int first = 0; first < columns.size(); first += step) {
          for (int o = group * outputs; o < (group + 1) * outputs; o++) {
            for (int j : columns.subList(first, first + step)) {
              int line = bottom - i * s.dilationY();
              int column = (right - j * s.dilationX()) / s.strideX();
              if (line >= 0
                  && line % s.strideY() == 0
                  && line / s.strideY() < s.outHeight()
                  && right - j * s.dilationX() >= 0
                  && column < s.outWidth()) {
                int at = (n * s.outHeight() + line / s.strideY()) * s.outWidth() + column;
                int w = weightAt(s, o, i, j, channel % s.groupChannels());
                dx[element] = Math.fma(dy[at * s.outChannels() + o], weight[w], dx[element]);
              }
            }
          }
        }
      }
    }
  }

  /** The columns of the kernel, the last first, through which an output pixel sees a column. */
  private static List<Integer> columnsThatSee(ConvShape s, int right) {
    return IntStream.range(0, s.kernelWidth())
        .map(j -> s.kernelWidth() - 1 - j)
        .filter(j -> (right - j * s.dilationX()) % s.strideX() == 0)
        .boxed()
        .toList();
  }

  /** Columns of the kernel that stand inside the loop over channels. */
  private static int step(List<Integer> columns, boolean adjacentInTiles) {
    return adjacentInTiles && columns.size() % 3 == 0 ? 3 : 1;
  }

  private static int weightAt(ConvShape s, int o, int i, int j, int c) {
    return ((o * s.kernelHeight() + i) * s.kernelWidth() + j) * s.groupChannels() + c;
  }

  /** dWeight as such chains, one for each part of the samples; their sums are added up in order. */
  public static void chainBackwardWeight(ConvShape shape, float[] x, float[] dy, float[] dWeight) {
    int parts = WeightCall.parts(shape);
    for (int part = 0; part < parts; part++) {
      float[] sum = part == 0 ? dWeight : new float[dWeight.length];
      int first = shape.samples() * part / parts;
      int past = shape.samples() * (part + 1) / parts;
      visit(shape, first, past, (i, w, o) -> sum[w] = Math.fma(dy[o], x[i], sum[w]));
      for (int w = 0; part > 0 && w < dWeight.length; w++) {
        dWeight[w] += sum[w];
      }
    }
  }

  private static void visit(ConvShape s, Visitor visitor) {
    visit(s, 0, s.samples(), visitor);
  }

  private static void visit(ConvShape s, int firstSample, int pastSample, Visitor visitor) {
    int outputs = s.outChannels() / s.groups();
    for (int n = firstSample; n < pastSample; n++) {
      for (int oy = 0; oy < s.outHeight(); oy++) {
        for (int ox = 0; ox < s.outWidth(); ox++) {
          for (int i = 0; i < s.kernelHeight(); i++) {
            for (int j = 0; j < s.kernelWidth(); j++) {
              int iy = oy * s.strideY() - s.padY() + i * s.dilationY();
              int ix = ox * s.strideX() - s.padX() + j * s.dilationX();
              if (iy < 0 || iy >= s.height() || ix < 0 || ix >= s.width()) {
                continue;
              }
              int pixel = ((n * s.height() + iy) * s.width() + ix) * s.channels();
              int out = ((n * s.outHeight() + oy) * s.outWidth() + ox) * s.outChannels();
              for (int o = 0; o < s.outChannels(); o++) {
                int tap = ((o * s.kernelHeight() + i) * s.kernelWidth() + j) * s.groupChannels();
                for (int c = 0; c < s.groupChannels(); c++) {
                  int channel = o / outputs * s.groupChannels() + c;
                  visitor.visit(pixel + channel, tap + c, out + o);
                }
              }
            }
          }
        }
      }
    }
  }
}
