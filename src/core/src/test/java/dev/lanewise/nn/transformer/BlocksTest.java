package dev.lanewise.nn.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.autograd.OpCheck;
import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.Dropout;
import dev.lanewise.nn.DropoutStep;
import dev.lanewise.nn.Init;
import dev.lanewise.nn.LayerNorm;
import dev.lanewise.nn.RmsNorm;
import dev.lanewise.nn.transformer.MultiHeadAttention.Form;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class BlocksTest {
  private static final int WIDTH = 8;
  private static final int BATCH = 2;
  private static final int LENGTH = 3;
  private static final TensorLayout SHAPE = TensorLayout.of(BATCH * LENGTH, WIDTH);
  private static final Init INIT = Init.zeros();

  private final Slab slab = Slab.open("blocks", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private static List<String> names(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::name).toList();
  }

  @Test
  void normalisationsHaveTheGradientsOfTheirDefinition() {
    LayerNorm layer = LayerNorm.of(slab, "ln", WIDTH);
    LayerCheck.check(
        slab, layer.parameters(), layer::forward, (r, x) -> r.layerNorm("ln", x, WIDTH), SHAPE);
    RmsNorm rms = RmsNorm.of(slab, "rms", WIDTH);
    LayerCheck.check(
        slab, rms.parameters(), rms::forward, (r, x) -> r.rmsNorm("rms", x, WIDTH), SHAPE);
  }

  @Test
  void feedForwardLayersHaveTheGradientsOfTheirDefinition() {
    Mlp mlp = Mlp.of(slab, "mlp", WIDTH, 5, INIT, INIT);
    assertEquals(
        List.of("mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight", "mlp.c_proj.bias"),
        names(mlp.parameters()));
    LayerCheck.check(slab, mlp.parameters(), mlp::forward, (r, x) -> r.mlp("mlp", x, WIDTH), SHAPE);
    for (GatedMlp.Gate gate : GatedMlp.Gate.values()) {
      GatedMlp gated = GatedMlp.of(slab, "mlp", gate, WIDTH, 5, INIT, INIT);
      assertEquals(
          List.of("mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight"),
          names(gated.parameters()));
      LayerCheck.check(
          slab,
          gated.parameters(),
          gated::forward,
          (r, x) ->
              r.gatedMlp(
                  "mlp",
                  gate == GatedMlp.Gate.SWIGLU ? Reference::silu : Reference::gelu,
                  x,
                  WIDTH),
          SHAPE);
    }
  }

  @Test
  void attentionHasTheGradientsOfItsDefinition() {
    Rotary rotary = Rotary.of(slab, LENGTH, 2, Rotary.BASE);
    for (Form form :
        List.of(
            new Form(WIDTH, 4, 4, true, null),
            new Form(WIDTH, 4, 2, false, null),
            new Form(WIDTH, 4, 1, true, rotary))) {
      MultiHeadAttention attention = MultiHeadAttention.of(slab, "attn", form, INIT, INIT);
      assertEquals(
          TensorLayout.of((form.heads() + 2L * form.keyHeads()) * 2, WIDTH),
          attention.parameters().getFirst().layout());
      LayerCheck.check(
          slab,
          attention.parameters(),
          (tape, x) -> attention.forward(tape, x, BATCH, LENGTH),
          (r, x) -> r.attention("attn", form, x, BATCH, LENGTH),
          SHAPE);
    }
  }

  private TransformerBlock block(Form form, float p) {
    return TransformerBlock.of(
        LayerNorm.of(slab, "b.ln_1", WIDTH),
        MultiHeadAttention.of(slab, "b.attn", form, INIT, INIT),
        new Dropout(p, 5, 0),
        LayerNorm.of(slab, "b.ln_2", WIDTH),
        Mlp.of(slab, "b.mlp", WIDTH, 5, INIT, INIT),
        new Dropout(p, 5, 1));
  }

  @Test
  void aBlockHasTheGradientsOfItsDefinition() {
    Form form = new Form(WIDTH, 2, 1, true, null);
    TransformerBlock block = block(form, 0.5f);
    LayerCheck.check(
        slab,
        block.parameters(),
        (tape, x) -> block.forward(tape, x, BATCH, LENGTH, DropoutStep.EVALUATION),
        (r, x) -> r.block("b", form, x, BATCH, LENGTH),
        SHAPE);
  }

  @Test
  void whatABlockDropsDependsOnTheStep() {
    TransformerBlock block = block(new Form(WIDTH, 2, 1, true, null), 0.5f);
    LayerCheck.randomize(block.parameters(), 1);
    assertDropsByStep((tape, x, step) -> block.forward(tape, x, BATCH, LENGTH, step));
  }

  @Test
  void whatAnAttentionDropsDependsOnTheStep() {
    Form form = new Form(WIDTH, 2, 1, true, null);
    MultiHeadAttention attention =
        MultiHeadAttention.of(slab, "attn", form, new Dropout(0.5f, 5, 0), INIT, INIT);
    LayerCheck.randomize(attention.parameters(), 1);
    assertDropsByStep((tape, x, step) -> attention.forward(tape, x, BATCH, LENGTH, step));
    try (Tape tape = Tape.open(slab)) {
      Tensor x = tape.constant(SHAPE, OpCheck.random(new Random(3), SHAPE.elements()));
      float[] kept = attention.forward(tape, x, BATCH, LENGTH).toArray();
      assertFalse(
          Arrays.equals(
              kept, attention.forward(tape, x, BATCH, LENGTH, DropoutStep.at(0)).toArray()));
      try (Tape evaluation = Tape.noGrad(slab)) {
        assertArrayEquals(
            kept, attention.forward(evaluation, x, BATCH, LENGTH, DropoutStep.at(0)).toArray());
      }
    }
  }

  /** A layer at a step of a training. */
  private interface Stepped {
    Tensor forward(Tape tape, Tensor x, DropoutStep step);
  }

  private void assertDropsByStep(Stepped layer) {
    try (Tape tape = Tape.open(slab)) {
      Tensor x = tape.constant(SHAPE, OpCheck.random(new Random(3), SHAPE.elements()));
      float[] first = layer.forward(tape, x, DropoutStep.at(0)).toArray();
      assertArrayEquals(first, layer.forward(tape, x, DropoutStep.at(0)).toArray());
      assertArrayEquals(first, layer.forward(tape, x, DropoutStep.from(() -> 0)).toArray());
      assertFalse(Arrays.equals(first, layer.forward(tape, x, DropoutStep.at(1)).toArray()));
    }
  }

  private static void refuses(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void formsThatDoNotFitAreNamed() {
    refuses(
        "attention of width = 8 with heads = 3: the width has to be a multiple of the heads, both"
            + " at least 1",
        () -> new Form(8, 3, 3, true, null));
    refuses(
        "attention with heads = 4 and keyHeads = 3: keyHeads has to be a divisor of heads",
        () -> new Form(8, 4, 3, true, null));
    Rotary rotary = Rotary.of(slab, 2, 4, Rotary.BASE);
    refuses(
        "attention with heads of 2 elements and a rotary embedding for 4: both have to be the same",
        () -> new Form(8, 4, 4, true, rotary));
    refuses(
        "rotary embedding of 2 positions and heads of 3 elements: at least 1 position and an even"
            + " number of elements are wanted",
        () -> Rotary.of(slab, 2, 3, Rotary.BASE));
    try (Tape tape = Tape.open(slab)) {
      MultiHeadAttention attention =
          MultiHeadAttention.of(slab, "attn", new Form(8, 2, 2, true, rotary), INIT, INIT);
      Tensor x = tape.constant(SHAPE, new float[48]);
      refuses(
          "rotary embedding of 2 positions was asked for 3 from 0 on: make it for more, or the"
              + " sequence shorter",
          () -> attention.forward(tape, x, BATCH, LENGTH));
    }
    refuses(
        "a block with attention of width 8 and normalisations of 8 and 6 elements: all have to be"
            + " the same",
        () ->
            TransformerBlock.of(
                RmsNorm.of(slab, "a", 8),
                MultiHeadAttention.of(slab, "attn", new Form(8, 2, 2, true, null), INIT, INIT),
                new Dropout(0, 0, 0),
                RmsNorm.of(slab, "b", 6),
                Mlp.of(slab, "mlp", 8, 8, INIT, INIT),
                new Dropout(0, 0, 1)));
  }
}
