package dev.lanewise.ops.conv;

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
  public static float[] chainForward(ConvShape shape, float[] x, float[] weight, float[] bias) {
    float[] y = new float[(int) shape.outputElements()];
    visit(shape, (i, w, o) -> y[o] = Math.fma(x[i], weight[w], y[o]));
    for (int i = 0; i < y.length; i++) {
      y[i] += bias[i % bias.length];
    }
    return y;
  }

  /** dx as such chains, which begin with what is in it. */
  public static void chainBackwardData(ConvShape shape, float[] dy, float[] weight, float[] dx) {
    visit(shape, (i, w, o) -> dx[i] = Math.fma(dy[o], weight[w], dx[i]));
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
