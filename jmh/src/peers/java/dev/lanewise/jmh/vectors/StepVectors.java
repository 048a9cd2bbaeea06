package dev.lanewise.jmh.vectors;

import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Adagrad;
import org.bytedeco.pytorch.AdagradOptions;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.LBFGS;
import org.bytedeco.pytorch.LBFGSOptions;
import org.bytedeco.pytorch.LossClosure;
import org.bytedeco.pytorch.RMSprop;
import org.bytedeco.pytorch.RMSpropOptions;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The ways of the optimizers of the C++ front end: the parameters after each of 50 steps, the
 * gradients of which are inputs; of L-BFGS, which asks for a function, where it ends.
 */
final class StepVectors {
  private static final int N = 37;
  private static final int STEPS = 50;

  // Floats, as the hyper-parameters of the library are.
  private static final double LARGE = 0.1f;
  private static final double SMALL = 0.01f;
  private static final double MOMENTUM = 0.9f;

  private final VectorFile file = new VectorFile(7);
  private final Tensor start = file.normal("start", 0, 1, N);
  private final Tensor gradients = file.normal("gradients", 0, 1, STEPS, N);

  private StepVectors() {}

  static VectorFile collect() {
    StepVectors vectors = new StepVectors();
    vectors.sgd();
    vectors.adaptive();
    vectors.adam();
    vectors.lbfgs();
    return vectors.file;
  }

  private void sgd() {
    way(
        "sgd",
        w -> {
          SGDOptions options = new SGDOptions(LARGE);
          options.weight_decay().put(SMALL);
          return new SGD(w, options)::step;
        });
    way(
        "momentum",
        w -> {
          SGDOptions options = new SGDOptions(LARGE);
          options.momentum().put(MOMENTUM);
          options.dampening().put(LARGE);
          return new SGD(w, options)::step;
        });
    way(
        "nesterov",
        w -> {
          SGDOptions options = new SGDOptions(LARGE);
          options.momentum().put(MOMENTUM);
          options.nesterov().put(true);
          options.weight_decay().put(SMALL);
          return new SGD(w, options)::step;
        });
  }

  private void adaptive() {
    way(
        "adagrad",
        w -> {
          AdagradOptions options = new AdagradOptions(LARGE);
          options.lr_decay().put(SMALL);
          options.initial_accumulator_value().put(LARGE);
          options.weight_decay().put(SMALL);
          return new Adagrad(w, options)::step;
        });
    way(
        "rmsprop",
        w -> {
          RMSpropOptions options = new RMSpropOptions(SMALL);
          options.alpha().put((double) 0.99f);
          options.weight_decay().put(SMALL);
          return new RMSprop(w, options)::step;
        });
    way(
        "rmsprop_centred_momentum",
        w -> {
          RMSpropOptions options = new RMSpropOptions(SMALL);
          options.alpha().put((double) 0.9f);
          options.centered().put(true);
          options.momentum().put(MOMENTUM);
          return new RMSprop(w, options)::step;
        });
  }

  private void adam() {
    way(
        "adam",
        w -> {
          AdamOptions options = new AdamOptions(SMALL);
          setBetas(options.betas());
          options.weight_decay().put(SMALL);
          return new Adam(w, options)::step;
        });
    way(
        "amsgrad",
        w -> {
          AdamOptions options = new AdamOptions(SMALL);
          setBetas(options.betas());
          options.amsgrad().put(true);
          return new Adam(w, options)::step;
        });
    way(
        "adamw",
        w -> {
          AdamWOptions options = new AdamWOptions(SMALL);
          setBetas(options.betas());
          options.weight_decay().put(LARGE);
          return new AdamW(w, options)::step;
        });
  }

  /** 0.9 and 0.999, as floats, in the order in which this C++ library lays out a tuple. */
  private static void setBetas(DoublePointer betas) {
    boolean reversed = betas.get(0) > betas.get(1);
    betas.put(reversed ? 1 : 0, 0.9f);
    betas.put(reversed ? 0 : 1, 0.999f);
  }

  /** Keeps the parameters after each step, one row each. */
  private void way(String name, Function<TensorVector, Supplier<Tensor>> method) {
    Tensor w = start.clone();
    Supplier<Tensor> step = method.apply(new TensorVector(w));
    TensorVector way = new TensorVector();
    for (int t = 0; t < STEPS; t++) {
      w.mutable_grad().put(gradients.select(0, t).clone());
      step.get();
      way.push_back(w.clone());
    }
    file.put(name, torch.stack(way));
  }

  /** {@code sum of c log(cosh(w - a)) + w^2 / 2}, which has one minimum. */
  private void lbfgs() {
    Tensor a = file.normal("lbfgs_a", 1, 1, N);
    Tensor c = torch.abs(file.normal("lbfgs_c_signed", 0, 5, N));
    Tensor w = start.clone().requires_grad_(true);
    LBFGSOptions options = new LBFGSOptions(1);
    // Otherwise it ends where the loss hardly changes, 1e-5 away from the minimum.
    options.tolerance_change().put(0.0);
    options.tolerance_grad().put(1e-12);
    options.line_search_fn().put(new StringOptional("strong_wolfe"));
    LBFGS lbfgs = new LBFGS(new TensorVector(w), options);
    LossClosure closure =
        new LossClosure() {
          @Override
          public Tensor call() {
            lbfgs.zero_grad();
            Tensor bends = torch.log(torch.cosh(w.sub(a))).mul(c);
            Tensor loss = torch.sum(bends.add(w.mul(w).div(new Scalar(2))));
            loss.backward();
            return loss;
          }
        };
    for (int t = 0; t < STEPS; t++) {
      lbfgs.step(closure);
    }
    file.put("lbfgs", w);
  }
}
