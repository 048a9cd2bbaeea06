package dev.lanewise.nn.vision;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.nn.Buffer;
import dev.lanewise.ops.conv.ConvShape;
import dev.lanewise.ops.conv.DirectConvolution;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A residual network in double precision, straight from the paper; tensors by name. */
final class ReferenceResNet {
  private final ResNetConfig config;
  private final Map<String, double[]> tensors = new HashMap<>();
  private final boolean training;
  private final int samples;

  // The image that is being computed.
  private int height;
  private int width;
  private int channels;

  ReferenceResNet(ResNet model, int samples, boolean training) {
    config = model.config();
    this.samples = samples;
    this.training = training;
    for (Parameter parameter : model.parameters()) {
      tensors.put(parameter.name(), doubles(parameter.toArray()));
    }
    for (Buffer buffer : model.buffers()) {
      tensors.put(buffer.name(), doubles(buffer.data().toArray(JAVA_FLOAT)));
    }
  }

  static double[] doubles(float... values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  double[] tensor(String name) {
    double[] tensor = tensors.get(name);
    if (tensor == null) {
      throw new AssertionError("the model has no " + name);
    }
    return tensor;
  }

  void put(String name, double[] values) {
    tensors.put(name, values);
  }

  /** The logits of square images. */
  double[] logits(double[] x, int side) {
    height = side;
    width = side;
    channels = config.channels();
    double[] hidden = rectified(norm("bn1", conv("conv1", x, config.width(), 3, 1, 1)));
    for (int stage = 0; stage < ResNetConfig.STAGES; stage++) {
      for (int block = 0; block < config.blocks(); block++) {
        String name = "layer" + (stage + 1) + "." + block;
        hidden = block(name, hidden, config.width(stage), stage > 0 && block == 0 ? 2 : 1);
      }
    }
    return classified(hidden);
  }

  private double[] block(String name, double[] x, int out, int stride) {
    int h = height;
    int w = width;
    int in = channels;
    double[] shortcut = x;
    if (stride != 1 || in != out) {
      shortcut = norm(name + ".downsample.1", conv(name + ".downsample.0", x, out, 1, stride, 0));
    }
    height = h;
    width = w;
    channels = in;
    double[] y = rectified(norm(name + ".bn1", conv(name + ".conv1", x, out, 3, stride, 1)));
    y = norm(name + ".bn2", conv(name + ".conv2", y, out, 3, 1, 1));
    for (int i = 0; i < y.length; i++) {
      y[i] += shortcut[i];
    }
    return rectified(y);
  }

  private double[] conv(String name, double[] x, int out, int kernel, int stride, int padding) {
    ConvShape shape =
        new ConvShape(
            samples, height, width, channels, out, kernel, kernel, stride, stride, padding, padding,
            1, 1, 1);
    height = shape.outHeight();
    width = shape.outWidth();
    channels = out;
    return DirectConvolution.forward(shape, x, tensor(name + ".weight"));
  }

  private double[] norm(String name, double[] x) {
    double[] mean = tensor(name + ".running_mean");
    double[] variance = tensor(name + ".running_var");
    if (training) {
      mean = new double[channels];
      variance = new double[channels];
      double n = (double) x.length / channels;
      for (int i = 0; i < x.length; i++) {
        mean[i % channels] += x[i] / n;
      }
      for (int i = 0; i < x.length; i++) {
        variance[i % channels] += Math.pow(x[i] - mean[i % channels], 2) / n;
      }
    }
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int c = i % channels;
      double xh = (x[i] - mean[c]) / Math.sqrt(variance[c] + BatchNorm.EPS);
      y[i] = xh * tensor(name + ".weight")[c] + tensor(name + ".bias")[c];
    }
    return y;
  }

  private static double[] rectified(double[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.max(0, x[i]);
    }
    return x;
  }

  private double[] classified(double[] x) {
    double[] logits = new double[samples * config.classes()];
    int pixels = height * width;
    for (int i = 0; i < x.length; i++) {
      int sample = i / (pixels * channels);
      for (int k = 0; k < config.classes(); k++) {
        double weight = tensor("fc.weight")[k * channels + i % channels];
        logits[sample * config.classes() + k] += weight * x[i] / pixels;
      }
    }
    for (int i = 0; i < logits.length; i++) {
      logits[i] += tensor("fc.bias")[i % config.classes()];
    }
    return logits;
  }

  /** The mean cross-entropy. */
  double loss(double[] x, int side, List<Integer> labels) {
    double[] logits = logits(x, side);
    double loss = 0;
    for (int sample = 0; sample < samples; sample++) {
      double sum = 0;
      for (int k = 0; k < config.classes(); k++) {
        sum += Math.exp(logits[sample * config.classes() + k]);
      }
      loss += Math.log(sum) - logits[sample * config.classes() + labels.get(sample)];
    }
    return loss / samples;
  }
}
