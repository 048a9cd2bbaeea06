package dev.lanewise.jmh.peers;

import dev.lanewise.jmh.GemmBenchmark.Layout;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The three products of floats of a linear layer in training. */
public class GemmShapesF32Benchmark extends PeersBenchmark {
  /** Tokens of the batch x inputs x outputs: attention and feed-forward layers of small models. */
  @Param({
    "1024x128x128",
    "1024x128x512",
    "1024x384x384",
    "1024x512x2048",
    "1024x768x3072",
    "1024x3072x768"
  })
  public String layer;

  /** NN is the forward pass, NT the gradient of the input, TN the gradient of the weight. */
  @Param public Layout layout;

  @Param public F32Library library;

  @Override
  Library library() {
    return library;
  }

  @Override
  Shape shape() {
    Layer sizes = Layer.of(layer);
    int tokens = sizes.tokens();
    int inputs = sizes.inputs();
    int outputs = sizes.outputs();
    return switch (layout) {
      case NN -> new Shape(Float.BYTES, layout, tokens, outputs, inputs);
      case NT -> new Shape(Float.BYTES, layout, tokens, inputs, outputs);
      case TN -> new Shape(Float.BYTES, layout, inputs, outputs, tokens);
    };
  }

  @Benchmark
  public void sgemm(Work work) {
    multiply(work);
  }
}
