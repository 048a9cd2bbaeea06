package dev.lanewise.nn.vision;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.autograd.conv.ConvOps;
import dev.lanewise.autograd.conv.ImageNormOps;
import dev.lanewise.autograd.conv.PoolOps;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Buffer;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.PyTorchCases;
import dev.lanewise.ops.conv.ConvShape;
import dev.lanewise.ops.conv.PoolShape;
import dev.lanewise.testing.PyTorchVectors;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Convolutions, poolings, normalisations and a residual block, with all gradients. */
class ImagesAgainstPyTorchTest {
  private static final PyTorchVectors VECTORS = PyTorchVectors.of("images");
  private static final PyTorchCases CASES = new PyTorchCases(VECTORS);

  private static final List<String> LINEAR = List.of("x", "weight", "bias");
  private static final float EPS = 1e-5f;

  private static Tensor in(Map<String, Tensor> inputs, String name) {
    return Objects.requireNonNull(inputs.get(name), name);
  }

  @AfterAll
  static void everyTensorWasRead() {
    VECTORS.assertAllRead();
  }

  private static void convolution(String name, UnaryOperator<ConvShape> options) {
    CASES.check(
        name,
        LINEAR,
        (tape, t) ->
            Map.of("y", ConvOps.conv2d(tape, in(t, "x"), in(t, "weight"), in(t, "bias"), options)));
  }

  @Test
  void convolutionsAreThoseOfPyTorchForAllOptions() {
    convolution("plain", shape -> shape);
    convolution("strided", shape -> shape.stride(2, 1).padding(1, 2));
    convolution("dilated", shape -> shape.dilation(2, 1).padding(2, 0));
    convolution("grouped", shape -> shape.groups(2).padding(1, 1));
    convolution("depthwise", shape -> shape.groups(5).stride(2, 2));
    convolution("pointwise", shape -> shape);
  }

  @Test
  void transposedConvolutionsAreThoseOfPyTorch() {
    CASES.check(
        "transposed",
        LINEAR,
        (tape, t) ->
            Map.of(
                "y",
                ConvOps.transposedConv2d(
                    tape,
                    in(t, "x"),
                    in(t, "weight"),
                    in(t, "bias"),
                    1,
                    0,
                    shape -> shape.stride(2, 1).padding(1, 0).groups(2).dilation(1, 2))));
  }

  @Test
  void convolutionsOfSeriesAreThoseOfPyTorch() {
    CASES.check(
        "series",
        LINEAR,
        (tape, t) ->
            Map.of(
                "y",
                ConvOps.conv1d(
                    tape,
                    in(t, "x"),
                    in(t, "weight"),
                    in(t, "bias"),
                    shape -> shape.stride(1, 2).padding(0, 3).dilation(1, 2))));
  }

  private static void pooling(String name, BiFunction<Tape, Tensor, Tensor> pool) {
    CASES.check("pool", name, List.of("x"), (tape, t) -> Map.of("y", pool.apply(tape, in(t, "x"))));
  }

  @Test
  void poolingsAreThoseOfPyTorch() {
    PoolShape windows = PoolShape.of(2, 7, 5, 3, 3, 2, 2, 1, 1, 1);
    pooling("max", (tape, x) -> PoolOps.maxPool(tape, x, windows));
    pooling("max_tiles", (tape, x) -> PoolOps.maxPool(tape, x, PoolShape.tiles(2, 7, 5, 3, 2)));
    pooling("average", (tape, x) -> PoolOps.averagePool(tape, x, windows, false));
    pooling("average_padded", (tape, x) -> PoolOps.averagePool(tape, x, windows, true));
    pooling("adaptive", (tape, x) -> PoolOps.adaptiveAveragePool(tape, x, 3, 2));
    pooling("global", PoolOps::globalAveragePool);
  }

  @Test
  void batchNormalisationMovesTheRunningStatisticsOfPyTorch() {
    try (Slab slab = Slab.open("statistics", 1 << 20)) {
      MemorySegment mean = OpCheck.copy(slab, VECTORS.get("norm.running_mean"));
      MemorySegment variance = OpCheck.copy(slab, VECTORS.get("norm.running_var"));
      CASES.check(
          "norm",
          "batch_norm_inference",
          LINEAR,
          (tape, t) ->
              Map.of(
                  "y",
                  ImageNormOps.batchNormInference(
                      tape,
                      in(t, "x"),
                      in(t, "weight"),
                      in(t, "bias"),
                      mean,
                      variance,
                      EPS,
                      false)));
      CASES.check(
          "norm",
          "batch_norm",
          LINEAR,
          (tape, t) ->
              Map.of(
                  "y",
                  ImageNormOps.batchNorm(
                      tape,
                      in(t, "x"),
                      in(t, "weight"),
                      in(t, "bias"),
                      mean,
                      variance,
                      0.1f,
                      EPS,
                      false)));
      VECTORS.check("batch_norm.running_mean", mean.toArray(JAVA_FLOAT));
      VECTORS.check("batch_norm.running_var", variance.toArray(JAVA_FLOAT));
    }
  }

  @Test
  void groupNormalisationIsThatOfPyTorch() {
    CASES.check(
        "norm",
        "group_norm",
        LINEAR,
        (tape, t) ->
            Map.of(
                "y",
                ImageNormOps.groupNorm(
                    tape, in(t, "x"), in(t, "weight"), in(t, "bias"), 3, EPS, false)));
  }

  @Test
  void aResidualBlockIsThatOfTorchvisionInTrainingAndInUse() {
    try (Slab slab = Slab.open("block", 4 << 20)) {
      ResidualBlock block = ResidualBlock.of(slab, "block", 3, 4, 2, Init.constant(0));
      CASES.fill(block.parameters());
      check(slab, block, "block.training", true);
      for (Buffer buffer : block.buffers()) {
        VECTORS.check(
            buffer.name().replace("block.", "block.training."), buffer.data().toArray(JAVA_FLOAT));
      }
      check(slab, block, "block.inference", false);
    }
  }

  private static void check(Slab slab, ResidualBlock block, String name, boolean training) {
    try (Tape tape = Tape.open(slab)) {
      Map<String, Tensor> leaves =
          new LinkedHashMap<>(CASES.leaves(slab, tape, "block", List.of("x")));
      for (Parameter parameter : block.parameters()) {
        parameter.zeroGrad();
        leaves.put(parameter.name().substring("block.".length()), parameter);
      }
      Tensor x = in(leaves, "x");
      CASES.check(tape, name, leaves, Map.of("y", block.forward(tape, x, training)));
    }
  }

  @Test
  void theLayerOfSeriesIsTheOpOfItsOptions() {
    try (Slab slab = Slab.open("layer", 1 << 20);
        Tape tape = Tape.noGrad(slab)) {
      Conv1d layer = Conv1d.of(slab, "series", 3, 4, 3, 2, 3, Init.constant(0));
      CASES.fill(layer.parameters());
      Tensor x = tape.constant(TensorLayout.of(2, 11, 3), VECTORS.get("series.x"));
      VECTORS.check("series.y", layer.dilated(2).forward(tape, x).toArray());
    }
  }
}
