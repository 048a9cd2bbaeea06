package dev.lanewise.nn.transformer;

import dev.lanewise.nn.LayerNorm;
import dev.lanewise.nn.RmsNorm;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The layers of a transformer in double precision, written as their definitions.
 *
 * @param parameters by name
 */
record Reference(Map<String, double[]> parameters) {
  private double[] parameter(String name) {
    return Objects.requireNonNull(parameters.get(name), name);
  }

  private double[] linear(String name, double[] x, int in) {
    return linear(parameter(name + ".weight"), parameters.get(name + ".bias"), x, in);
  }

  private static double[] linear(double[] w, double @Nullable [] bias, double[] x, int in) {
    int out = w.length / in;
    int rows = x.length / in;
    double[] y = new double[Math.multiplyExact(rows, out)];
    for (int r = 0; r < rows; r++) {
      for (int o = 0; o < out; o++) {
        double sum = bias == null ? 0 : bias[o];
        for (int i = 0; i < in; i++) {
          sum += x[r * in + i] * w[o * in + i];
        }
        y[r * out + o] = sum;
      }
    }
    return y;
  }

  double[] layerNorm(String name, double[] x, int width) {
    double[] weight = parameter(name + ".weight");
    double[] bias = parameter(name + ".bias");
    double[] y = new double[x.length];
    for (int row = 0; row < x.length; row += width) {
      double mean = Arrays.stream(x, row, row + width).average().orElseThrow();
      double variance = 0;
      for (int i = 0; i < width; i++) {
        variance += (x[row + i] - mean) * (x[row + i] - mean) / width;
      }
      for (int i = 0; i < width; i++) {
        double normal = (x[row + i] - mean) / Math.sqrt(variance + LayerNorm.EPS);
        y[row + i] = normal * weight[i] + bias[i];
      }
    }
    return y;
  }

  double[] rmsNorm(String name, double[] x, int width) {
    double[] weight = parameter(name + ".weight");
    double[] y = new double[x.length];
    for (int row = 0; row < x.length; row += width) {
      double square = 0;
      for (int i = 0; i < width; i++) {
        square += x[row + i] * x[row + i] / width;
      }
      for (int i = 0; i < width; i++) {
        y[row + i] = x[row + i] / Math.sqrt(square + RmsNorm.EPS) * weight[i];
      }
    }
    return y;
  }

  double[] attention(String name, MultiHeadAttention.Form form, double[] x, int batch, int length) {
    double[] qkv = linear(name + ".c_attn", x, form.width());
    int d = form.headWidth();
    int packed = form.packedHeads() * d;
    if (form.rotary() != null) {
      for (int row = 0; row < batch * length; row++) {
        for (int h = 0; h < form.heads() + form.keyHeads(); h++) {
          turn(qkv, row * packed + h * d, d, row % length);
        }
      }
    }
    double[] y = new double[x.length];
    for (int row = 0; row < batch * length; row++) {
      int first = row / length * length;
      int end = form.causal() ? row + 1 : first + length;
      for (int h = 0; h < form.heads(); h++) {
        int keyHead = form.heads() + h * form.keyHeads() / form.heads();
        double[] e = new double[end - first];
        double sum = 0;
        for (int j = first; j < end; j++) {
          double score = 0;
          for (int i = 0; i < d; i++) {
            score += qkv[row * packed + h * d + i] * qkv[j * packed + keyHead * d + i];
          }
          e[j - first] = Math.exp(score / Math.sqrt(d));
          sum += e[j - first];
        }
        for (int j = first; j < end; j++) {
          for (int i = 0; i < d; i++) {
            double value = qkv[j * packed + (keyHead + form.keyHeads()) * d + i];
            y[row * form.width() + h * d + i] += e[j - first] / sum * value;
          }
        }
      }
    }
    return linear(name + ".c_proj", y, form.width());
  }

  private static void turn(double[] x, int head, int d, int position) {
    for (int i = 0; i < d / 2; i++) {
      double angle = position * Math.pow(Rotary.BASE, -2.0 * i / d);
      double a = x[head + i];
      double b = x[head + i + d / 2];
      x[head + i] = a * Math.cos(angle) - b * Math.sin(angle);
      x[head + i + d / 2] = b * Math.cos(angle) + a * Math.sin(angle);
    }
  }

  static double gelu(double x) {
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }

  static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  double[] mlp(String name, double[] x, int width) {
    double[] hidden = linear(name + ".c_fc", x, width);
    int n = hidden.length / (x.length / width);
    return linear(name + ".c_proj", Arrays.stream(hidden).map(Reference::gelu).toArray(), n);
  }

  double[] gatedMlp(String name, DoubleUnaryOperator f, double[] x, int width) {
    double[] a = linear(name + ".gate_proj", x, width);
    double[] b = linear(name + ".up_proj", x, width);
    for (int i = 0; i < a.length; i++) {
      a[i] = f.applyAsDouble(a[i]) * b[i];
    }
    return linear(name + ".down_proj", a, a.length / (x.length / width));
  }

  double[] block(String name, MultiHeadAttention.Form form, double[] x, int batch, int length) {
    double[] h =
        sum(
            x,
            attention(
                name + ".attn", form, layerNorm(name + ".ln_1", x, form.width()), batch, length));
    return sum(h, mlp(name + ".mlp", layerNorm(name + ".ln_2", h, form.width()), form.width()));
  }

  static double[] sum(double[] a, double[] b) {
    double[] y = a.clone();
    for (int i = 0; i < y.length; i++) {
      y[i] += b[i];
    }
    return y;
  }

  double[] logits(
      GptConfig config, MultiHeadAttention.Form form, int[] tokens, int batch, int length) {
    int width = config.width();
    double[] table = parameter("wte.weight");
    double[] x = new double[Math.multiplyExact(tokens.length, width)];
    for (int r = 0; r < tokens.length; r++) {
      for (int i = 0; i < width; i++) {
        x[r * width + i] = table[tokens[r] * width + i];
        if (config.positions() == Positions.LEARNED) {
          x[r * width + i] += parameter("wpe.weight")[r % length * width + i];
        }
      }
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      x = block("h." + layer, form, x, batch, length);
    }
    double[] last = layerNorm("ln_f", x, width);
    return config.tiedWeights() ? linear(table, null, last, width) : linear("lm_head", last, width);
  }

  static double crossEntropy(double[] logits, int[] targets) {
    int classes = logits.length / targets.length;
    double sum = 0;
    for (int r = 0; r < targets.length; r++) {
      double exps = 0;
      for (int c = 0; c < classes; c++) {
        exps += Math.exp(logits[r * classes + c]);
      }
      sum += Math.log(exps) - logits[r * classes + targets[r]];
    }
    return sum / targets.length;
  }
}
