package dev.lanewise.optim.step.f32;

import dev.lanewise.optim.BiasCorrection;
import dev.lanewise.optim.Velocity;
import dev.lanewise.optim.step.StepOptions;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Every method of this package with one choice of hyper-parameters, and its formula. */
@SuppressWarnings("cast") // to double, which everything is in one of the twins
final class StepMethods {
  static final float LR = 0.01f;
  private static final float MU = 0.9f;
  private static final float BETA1 = 0.8f;
  private static final float BETA2 = 0.97f;
  private static final float EPS = 1e-3f;

  /** Whole or in part, on arrays. */
  @FunctionalInterface
  interface OnArrays {
    void step(float[][] x, int begin, int end, long t, StepOptions options);
  }

  /** The same on segments. */
  @FunctionalInterface
  interface OnSegments {
    void step(MemorySegment[] x, long begin, long end, long t, StepOptions options);
  }

  /** The formula of the paper on one parameter: its change for a gradient, decay left out. */
  @FunctionalInterface
  interface Formula {
    double change(double w, double g, double[] state, int t);
  }

  record Method(String name, int states, OnArrays arrays, OnSegments segments, Formula formula) {
    int operands() {
      return 2 + states;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Method> ALL =
      List.of(
          new Method(
              "SGD",
              0,
              (x, b, e, t, o) -> SgdStep.step(x[0], x[1], b, e, LR, o),
              (x, b, e, t, o) -> SgdStep.step(x[0], x[1], b, e, LR, o),
              (w, g, s, t) -> -LR * g),
          momentum(false, Velocity.LR_OUTSIDE),
          momentum(true, Velocity.LR_OUTSIDE),
          momentum(false, Velocity.LR_INSIDE),
          momentum(true, Velocity.LR_INSIDE),
          new Method(
              "Lion",
              1,
              (x, b, e, t, o) -> LionStep.step(x[0], x[1], x[2], b, e, LR, BETA1, BETA2, o),
              (x, b, e, t, o) -> LionStep.step(x[0], x[1], x[2], b, e, LR, BETA1, BETA2, o),
              (w, g, s, t) -> {
                double direction = BETA1 * s[0] + (1 - (double) BETA1) * g;
                s[0] = BETA2 * s[0] + (1 - (double) BETA2) * g;
                return -LR * Math.signum(direction);
              }),
          new Method(
              "Adagrad",
              1,
              (x, b, e, t, o) -> AdagradStep.step(x[0], x[1], x[2], b, e, t, LR, MU, EPS, false, o),
              (x, b, e, t, o) -> AdagradStep.step(x[0], x[1], x[2], b, e, t, LR, MU, EPS, false, o),
              (w, g, s, t) -> {
                s[0] += g * g;
                return -LR / (1 + (t - 1) * (double) MU) * g / (Math.sqrt(s[0]) + EPS);
              }),
          new Method(
              "Adagrad, eps in the root",
              1,
              (x, b, e, t, o) -> AdagradStep.step(x[0], x[1], x[2], b, e, t, LR, 0, EPS, true, o),
              (x, b, e, t, o) -> AdagradStep.step(x[0], x[1], x[2], b, e, t, LR, 0, EPS, true, o),
              (w, g, s, t) -> {
                s[0] += g * g;
                return -LR * g / Math.sqrt(s[0] + EPS);
              }),
          new Method(
              "RMSProp",
              1,
              (x, b, e, t, o) -> RmsPropStep.step(x[0], x[1], x[2], b, e, LR, BETA2, EPS, false, o),
              (x, b, e, t, o) -> RmsPropStep.step(x[0], x[1], x[2], b, e, LR, BETA2, EPS, false, o),
              (w, g, s, t) -> {
                s[0] = BETA2 * s[0] + (1 - (double) BETA2) * g * g;
                return -LR * g / (Math.sqrt(s[0]) + EPS);
              }),
          new Method(
              "RMSProp with momentum, eps in the root",
              2,
              (x, b, e, t, o) ->
                  RmsPropStep.stepWithMomentum(
                      x[0],
                      x[1],
                      x[2],
                      x[3],
                      b,
                      e,
                      t,
                      LR,
                      BETA2,
                      EPS,
                      true,
                      MU,
                      Velocity.LR_INSIDE,
                      o),
              (x, b, e, t, o) ->
                  RmsPropStep.stepWithMomentum(
                      x[0],
                      x[1],
                      x[2],
                      x[3],
                      b,
                      e,
                      t,
                      LR,
                      BETA2,
                      EPS,
                      true,
                      MU,
                      Velocity.LR_INSIDE,
                      o),
              (w, g, s, t) -> {
                s[0] = BETA2 * s[0] + (1 - (double) BETA2) * g * g;
                s[1] = MU * s[1] + LR * g / Math.sqrt(s[0] + EPS);
                return -s[1];
              }),
          new Method(
              "centred RMSProp",
              2,
              (x, b, e, t, o) ->
                  RmsPropStep.stepCentred(x[0], x[1], x[2], x[3], b, e, LR, BETA2, EPS, false, o),
              (x, b, e, t, o) ->
                  RmsPropStep.stepCentred(x[0], x[1], x[2], x[3], b, e, LR, BETA2, EPS, false, o),
              (w, g, s, t) -> {
                s[0] = BETA2 * s[0] + (1 - (double) BETA2) * g * g;
                s[1] = BETA2 * s[1] + (1 - (double) BETA2) * g;
                return -LR * g / (Math.sqrt(s[0] - s[1] * s[1]) + EPS);
              }),
          new Method(
              "centred RMSProp with momentum",
              3,
              (x, b, e, t, o) ->
                  RmsPropStep.stepCentredWithMomentum(
                      x[0],
                      x[1],
                      x[2],
                      x[3],
                      x[4],
                      b,
                      e,
                      t,
                      LR,
                      BETA2,
                      EPS,
                      false,
                      MU,
                      Velocity.LR_OUTSIDE,
                      o),
              (x, b, e, t, o) ->
                  RmsPropStep.stepCentredWithMomentum(
                      x[0],
                      x[1],
                      x[2],
                      x[3],
                      x[4],
                      b,
                      e,
                      t,
                      LR,
                      BETA2,
                      EPS,
                      false,
                      MU,
                      Velocity.LR_OUTSIDE,
                      o),
              (w, g, s, t) -> {
                s[0] = BETA2 * s[0] + (1 - (double) BETA2) * g * g;
                s[1] = BETA2 * s[1] + (1 - (double) BETA2) * g;
                s[2] = MU * s[2] + g / (Math.sqrt(s[0] - s[1] * s[1]) + EPS);
                return -LR * s[2];
              }),
          new Method(
              "Adadelta",
              2,
              (x, b, e, t, o) -> AdadeltaStep.step(x[0], x[1], x[2], x[3], b, e, LR, BETA2, EPS, o),
              (x, b, e, t, o) -> AdadeltaStep.step(x[0], x[1], x[2], x[3], b, e, LR, BETA2, EPS, o),
              (w, g, s, t) -> {
                s[0] = BETA2 * s[0] + (1 - (double) BETA2) * g * g;
                double e = Math.sqrt(s[1] + EPS) / Math.sqrt(s[0] + EPS) * g;
                s[1] = BETA2 * s[1] + (1 - (double) BETA2) * e * e;
                return -LR * e;
              }),
          adam(BiasCorrection.CORRECTED),
          adam(BiasCorrection.EPS_HAT),
          adam(BiasCorrection.NONE),
          new Method(
              "AMSGrad",
              3,
              (x, b, e, t, o) ->
                  AdamStep.amsGrad(
                      x[0],
                      x[1],
                      x[2],
                      x[3],
                      x[4],
                      b,
                      e,
                      t,
                      LR,
                      BETA1,
                      BETA2,
                      EPS,
                      BiasCorrection.CORRECTED,
                      o),
              (x, b, e, t, o) ->
                  AdamStep.amsGrad(
                      x[0],
                      x[1],
                      x[2],
                      x[3],
                      x[4],
                      b,
                      e,
                      t,
                      LR,
                      BETA1,
                      BETA2,
                      EPS,
                      BiasCorrection.CORRECTED,
                      o),
              (w, g, s, t) -> {
                moments(s, g);
                s[2] = Math.max(s[2], s[1]);
                double root = Math.sqrt(s[2] / (1 - Math.pow(BETA2, t)));
                return -LR * (s[0] / (1 - Math.pow(BETA1, t))) / (root + EPS);
              }),
          new Method(
              "NAdam",
              2,
              (x, b, e, t, o) ->
                  NAdamStep.step(x[0], x[1], x[2], x[3], b, e, t, LR, BETA1, BETA2, EPS, 0.5f, o),
              (x, b, e, t, o) ->
                  NAdamStep.step(x[0], x[1], x[2], x[3], b, e, t, LR, BETA1, BETA2, EPS, 0.5f, o),
              (w, g, s, t) -> {
                moments(s, g);
                double product = 1;
                for (int i = 1; i <= t; i++) {
                  product *= mu(i);
                }
                double root = Math.sqrt(s[1] / (1 - Math.pow(BETA2, t)));
                double m = mu(t + 1) * s[0] / (1 - product * mu(t + 1));
                return -LR * (m + (1 - mu(t)) * g / (1 - product)) / (root + EPS);
              }),
          new Method(
              "RAdam",
              2,
              (x, b, e, t, o) ->
                  RAdamStep.step(x[0], x[1], x[2], x[3], b, e, t, LR, BETA1, BETA2, EPS, o),
              (x, b, e, t, o) ->
                  RAdamStep.step(x[0], x[1], x[2], x[3], b, e, t, LR, BETA1, BETA2, EPS, o),
              (w, g, s, t) -> {
                moments(s, g);
                double m = s[0] / (1 - Math.pow(BETA1, t));
                double bc2 = 1 - Math.pow(BETA2, t);
                double most = 2 / (1 - (double) BETA2) - 1;
                double rho = most - 2 * t * Math.pow(BETA2, t) / bc2;
                if (rho <= 5) {
                  return -LR * m;
                }
                double r =
                    Math.sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho));
                return -LR * r * m * Math.sqrt(bc2) / (Math.sqrt(s[1]) + EPS);
              }),
          new Method(
              "Adamax",
              2,
              (x, b, e, t, o) ->
                  AdamaxStep.step(x[0], x[1], x[2], x[3], b, e, t, LR, BETA1, BETA2, EPS, o),
              (x, b, e, t, o) ->
                  AdamaxStep.step(x[0], x[1], x[2], x[3], b, e, t, LR, BETA1, BETA2, EPS, o),
              (w, g, s, t) -> {
                s[0] = BETA1 * s[0] + (1 - (double) BETA1) * g;
                s[1] = Math.max(BETA2 * s[1], Math.abs(g));
                return -LR / (1 - Math.pow(BETA1, t)) * s[0] / (s[1] + EPS);
              }));

  private StepMethods() {}

  private static Method momentum(boolean nesterov, Velocity form) {
    return new Method(
        (nesterov ? "Nesterov, " : "momentum, ") + form,
        1,
        (x, b, e, t, o) ->
            MomentumStep.step(x[0], x[1], x[2], b, e, t, LR, MU, 0.25f, nesterov, form, o),
        (x, b, e, t, o) ->
            MomentumStep.step(x[0], x[1], x[2], b, e, t, LR, MU, 0.25f, nesterov, form, o),
        (w, g, s, t) -> {
          if (form == Velocity.LR_OUTSIDE) {
            s[0] = t == 1 ? g : MU * s[0] + 0.75 * g;
            return -LR * (nesterov ? g + MU * s[0] : s[0]);
          }
          s[0] = MU * s[0] + LR * 0.75 * g;
          return -(nesterov ? MU * s[0] + LR * g : s[0]);
        });
  }

  private static Method adam(BiasCorrection correction) {
    return new Method(
        "Adam, " + correction,
        2,
        (x, b, e, t, o) ->
            AdamStep.step(x[0], x[1], x[2], x[3], b, e, t, LR, BETA1, BETA2, EPS, correction, o),
        (x, b, e, t, o) ->
            AdamStep.step(x[0], x[1], x[2], x[3], b, e, t, LR, BETA1, BETA2, EPS, correction, o),
        (w, g, s, t) -> {
          moments(s, g);
          double bc1 = 1 - Math.pow(BETA1, t);
          double bc2 = 1 - Math.pow(BETA2, t);
          return switch (correction) {
            case CORRECTED -> -LR * (s[0] / bc1) / (Math.sqrt(s[1] / bc2) + EPS);
            case EPS_HAT -> -LR * Math.sqrt(bc2) / bc1 * s[0] / (Math.sqrt(s[1]) + EPS);
            case NONE -> -LR * s[0] / (Math.sqrt(s[1]) + EPS);
          };
        });
  }

  private static void moments(double[] s, double g) {
    s[0] = BETA1 * s[0] + (1 - (double) BETA1) * g;
    s[1] = BETA2 * s[1] + (1 - (double) BETA2) * g * g;
  }

  private static double mu(int t) {
    return BETA1 * (1 - 0.5 * Math.pow(0.96, t * 0.5));
  }
}
