package dev.lanewise.nn.transformer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.autograd.Tape;
import dev.lanewise.autograd.Tensor;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.transformer.MultiHeadAttention.Form;
import dev.lanewise.optim.AdamW;
import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class GptTest {
  private static final int BATCH = 2;
  private static final int LENGTH = 4;
  private static final int[] TOKENS = {3, 1, 4, 1, 5, 0, 2, 6};
  private static final int[] TARGETS = {1, 4, 1, 5, 0, 2, 6, 5};

  /** All that a model can differ in: heads of keys, positions, weights of the output. */
  private static final List<GptConfig> CONFIGS =
      List.of(
          GptConfig.of(7, 5, 2, 2, 8), new GptConfig(7, 5, 2, 4, 2, 8, 0, Positions.ROTARY, false));

  private final Slab slab = Slab.open("gpt", 1 << 20);

  @AfterEach
  void close() {
    slab.close();
  }

  private Gpt random(GptConfig config) {
    Gpt gpt = Gpt.of(slab, config, 1);
    LayerCheck.randomize(gpt.parameters(), 1);
    return gpt;
  }

  private Form form(GptConfig config) {
    Rotary rotary =
        config.positions() == Positions.ROTARY
            ? Rotary.of(slab, config.context(), config.headWidth(), Rotary.BASE)
            : null;
    return new Form(config.width(), config.heads(), config.keyHeads(), true, rotary);
  }

  @Test
  void logitsLossAndGradientsAreThoseOfTheDefinition() {
    for (GptConfig config : CONFIGS) {
      Gpt gpt = random(config);
      Form form = form(config);
      try (Tape tape = Tape.open(slab)) {
        MemorySegment tokens = tape.ints(TOKENS);
        Reference reference = new Reference(LayerCheck.doubles(gpt.parameters()));
        double[] logits = reference.logits(config, form, TOKENS, BATCH, LENGTH);
        LayerCheck.assertClose(
            logits, LayerCheck.doubles(gpt.logits(tape, tokens, BATCH, LENGTH).data()));
        Tensor loss = gpt.loss(tape, tokens, tape.ints(TARGETS), BATCH, LENGTH, 0);
        assertEquals(Reference.crossEntropy(logits, TARGETS), loss.item(), 1e-5);
        loss.backward();
      }
      LayerCheck.checkParameters(
          gpt.parameters(),
          r -> Reference.crossEntropy(r.logits(config, form, TOKENS, BATCH, LENGTH), TARGETS));
    }
  }

  @Test
  void theParametersHaveTheNamesAndLayoutsOfGpt2() {
    for (GptConfig config : CONFIGS) {
      Map<String, TensorLayout> layouts = new LinkedHashMap<>();
      Gpt.of(slab, config, 1)
          .parameters()
          .forEach(parameter -> layouts.put(parameter.name(), parameter.layout()));
      assertEquals(
          new ArrayList<>(layouts.entrySet()), new ArrayList<>(Gpt.layouts(config).entrySet()));
    }
    List<String> names = List.copyOf(Gpt.layouts(GptConfig.of(7, 5, 1, 2, 8)).keySet());
    assertEquals(
        List.of(
            "wte.weight",
            "wpe.weight",
            "h.0.ln_1.weight",
            "h.0.ln_1.bias",
            "h.0.attn.c_attn.weight",
            "h.0.attn.c_attn.bias",
            "h.0.attn.c_proj.weight",
            "h.0.attn.c_proj.bias",
            "h.0.ln_2.weight",
            "h.0.ln_2.bias",
            "h.0.mlp.c_fc.weight",
            "h.0.mlp.c_fc.bias",
            "h.0.mlp.c_proj.weight",
            "h.0.mlp.c_proj.bias",
            "ln_f.weight",
            "ln_f.bias"),
        names);
  }

  /** The size that the paper gives as 124 million: GPT-2 small. */
  @Test
  void gpt2SmallHas124MillionParameters() {
    long n =
        Gpt.layouts(GptConfig.of(50_257, 1_024, 12, 12, 768)).values().stream()
            .mapToLong(TensorLayout::elements)
            .sum();
    assertEquals(124_439_808, n);
  }

  @Test
  void weightDecayIsForMatricesButNotForPositions() {
    assertEquals(
        List.of(
            "wte.weight",
            "h.0.attn.c_attn.weight",
            "h.0.attn.c_proj.weight",
            "h.0.mlp.c_fc.weight",
            "h.0.mlp.c_proj.weight"),
        Gpt.of(slab, GptConfig.of(7, 5, 1, 2, 8), 1).decayed().stream()
            .map(Parameter::name)
            .toList());
  }

  @Test
  void theStartValuesAreThoseOfGpt2() {
    Gpt gpt = Gpt.of(slab, new GptConfig(500, 200, 2, 2, 2, 64, 0, Positions.LEARNED, false), 1);
    for (Parameter parameter : gpt.parameters()) {
      String name = parameter.name();
      double expected =
          name.endsWith("c_proj.weight") ? 0.01 : name.equals("wpe.weight") ? 0.01 : 0.02;
      double square = 0;
      float[] values = parameter.toArray();
      for (float value : values) {
        square += value * value;
      }
      double deviation = Math.sqrt(square / values.length);
      if (name.endsWith("bias")) {
        assertEquals(0, deviation, name);
      } else if (name.contains("ln_")) {
        assertEquals(1, deviation, name);
      } else {
        assertEquals(expected, deviation, 5 * expected / Math.sqrt(2.0 * values.length), name);
      }
    }
    Gpt same = Gpt.of(slab, gpt.config(), 1);
    Gpt other = Gpt.of(slab, gpt.config(), 2);
    assertArrayEquals(
        gpt.parameters().getFirst().toArray(), same.parameters().getFirst().toArray());
    assertFalse(
        Arrays.equals(
            gpt.parameters().getFirst().toArray(), other.parameters().getFirst().toArray()));
  }

  @Test
  void aTokenDoesNotSeeThoseBehindIt() {
    for (GptConfig config : CONFIGS) {
      Gpt gpt = random(config);
      try (Tape tape = Tape.noGrad(slab)) {
        float[] expected = gpt.logits(tape, tape.ints(TOKENS), BATCH, LENGTH).toArray();
        for (int at = 1; at < LENGTH; at++) {
          int[] changed = TOKENS.clone();
          for (int i = at; i < LENGTH; i++) {
            changed[i] = 6 - changed[i];
          }
          float[] actual = gpt.logits(tape, tape.ints(changed), BATCH, LENGTH).toArray();
          int seen = at * 7;
          assertArrayEquals(Arrays.copyOf(expected, seen), Arrays.copyOf(actual, seen));
          assertFalse(Arrays.equals(expected, actual), "the token itself is seen");
          assertArrayEquals(
              Arrays.copyOfRange(expected, LENGTH * 7, expected.length),
              Arrays.copyOfRange(actual, LENGTH * 7, actual.length),
              "the other sequence is another text");
        }
      }
    }
  }

  @Test
  void tokenByTokenWithACacheTheLogitsAreTheSame() {
    int[] text = {3, 1, 4, 1, 5};
    for (GptConfig config : CONFIGS) {
      Gpt gpt = random(config);
      float[] expected;
      try (Tape tape = Tape.noGrad(slab)) {
        expected = gpt.logits(tape, tape.ints(text), 1, text.length).toArray();
      }
      long used = slab.usedBytes();
      try (KeyValueCache cache = gpt.cache(slab)) {
        for (int prompt = 1; prompt <= text.length; prompt++) {
          cache.clear();
          int from = 0;
          for (int end = prompt; end <= text.length; end++) {
            try (Tape tape = Tape.noGrad(slab)) {
              int[] tokens = Arrays.copyOfRange(text, from, end);
              float[] actual = gpt.next(tape, cache, tape.ints(tokens), tokens.length).toArray();
              assertEquals(end, cache.length());
              assertArrayEquals(
                  Arrays.copyOfRange(expected, (end - 1) * 7, end * 7), actual, 1e-5f);
            }
            from = end;
          }
        }
        assertEquals(0, cache.room());
      }
      assertEquals(used, slab.usedBytes(), "the cache gives its memory back");
    }
  }

  @Test
  void aCallThatFailsLeavesTheCacheAsItWas() {
    Gpt gpt = random(CONFIGS.getFirst());
    try (KeyValueCache cache = gpt.cache(slab)) {
      try (Tape tape = Tape.noGrad(slab)) {
        gpt.next(tape, cache, tape.ints(3, 1), 2);
        assertThrows(IllegalArgumentException.class, () -> gpt.next(tape, cache, tape.ints(7), 1));
        assertEquals(2, cache.length());
        refuses(
            "length = 4 with 2 tokens in the cache and a context of 5: at least 1 and at most 3 are"
                + " possible, or clear the cache and start again with the end of the text",
            () -> gpt.next(tape, cache, tape.ints(0, 0, 0, 0), 4));
        assertEquals(2, cache.length());
      }
      try (Tape tape = Tape.open(slab)) {
        assertEquals(
            "this tape was opened with gradients, the values in a cache have none: open it with"
                + " Tape.noGrad",
            assertThrows(IllegalStateException.class, () -> gpt.next(tape, cache, tape.ints(1), 1))
                .getMessage());
      }
      Gpt other = random(CONFIGS.getLast());
      try (Tape tape = Tape.noGrad(slab)) {
        String message =
            String.valueOf(
                assertThrows(
                        IllegalArgumentException.class,
                        () -> other.next(tape, cache, tape.ints(1), 1))
                    .getMessage());
        assertTrue(message.startsWith("the cache is for GptConfig[vocabulary=7"), message);
      }
    }
  }

  /** Wide enough that every op is split over several threads. */
  @Test
  void theGradientsDoNotDependOnTheNumberOfWorkers() {
    GptConfig config = new GptConfig(300, 150, 2, 4, 2, 64, 0.2f, 0.3f, Positions.ROTARY, true);
    int[] tokens = new int[300];
    Random random = new Random(5);
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = random.nextInt(300);
    }
    List<float[]> expected = List.of();
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = Workers.of(threads);
          Slab own = Slab.open("workers", 1 << 20)) {
        Gpt gpt = Gpt.of(own, config, 1);
        List<float[]> actual = new ArrayList<>();
        try (Tape tape = Tape.open(own, workers)) {
          MemorySegment ids = tape.ints(tokens);
          Tensor loss = gpt.loss(tape, ids, ids, 2, 150, 9);
          loss.backward();
          actual.add(new float[] {loss.item()});
        }
        gpt.parameters().forEach(p -> actual.add(p.gradient().toArray(JAVA_FLOAT)));
        expected = expected.isEmpty() ? actual : expected;
        for (int i = 0; i < actual.size(); i++) {
          assertArrayEquals(expected.get(i), actual.get(i), i + " with " + threads + " workers");
        }
      }
    }
  }

  /** Both are sums over the same tokens: the order of addition may differ. */
  @Test
  void tiedWeightsReceiveTheGradientsOfEmbeddingAndOutput() {
    Gpt tied = random(CONFIGS.getFirst());
    GptConfig config = tied.config();
    Gpt apart =
        Gpt.of(
            slab, new GptConfig(7, 5, 2, 2, 2, 8, config.dropout(), Positions.LEARNED, false), 1);
    for (int i = 0; i < tied.parameters().size(); i++) {
      apart.parameters().get(i).data().copyFrom(tied.parameters().get(i).data());
    }
    apart.parameters().getLast().data().copyFrom(tied.parameters().getFirst().data());
    for (Gpt gpt : List.of(tied, apart)) {
      try (Tape tape = Tape.open(slab)) {
        gpt.loss(tape, tape.ints(TOKENS), tape.ints(TARGETS), BATCH, LENGTH, 0).backward();
      }
    }
    double[] both = LayerCheck.doubles(tied.parameters().getFirst().gradient());
    double[] embedding = LayerCheck.doubles(apart.parameters().getFirst().gradient());
    double[] output = LayerCheck.doubles(apart.parameters().getLast().gradient());
    assertArrayEquals(Reference.sum(embedding, output), both, 1e-6);
    assertTrue(Arrays.stream(output).anyMatch(x -> Math.abs(x) > 0.01));
    assertTrue(Arrays.stream(embedding).anyMatch(x -> Math.abs(x) > 0.01));
  }

  @Test
  void dropoutIsAFunctionOfTheStepAndLeftOutOfEvaluation() {
    assertDropsInTrainingAlone(0.5f, 0);
    assertDropsInTrainingAlone(0, 0.5f);
  }

  private void assertDropsInTrainingAlone(float dropout, float attentionDropout) {
    Gpt gpt = random(CONFIGS.getFirst().withDropout(dropout, attentionDropout));
    Gpt without = random(CONFIGS.getFirst());
    float evaluated = loss(Tape.noGrad(slab), without, 0);
    assertEquals(evaluated, loss(Tape.noGrad(slab), gpt, 0));
    float first = loss(Tape.open(slab), gpt, 0);
    assertEquals(first, loss(Tape.open(slab), gpt, 0));
    assertTrue(first != evaluated && first != loss(Tape.open(slab), gpt, 1));
    try (Tape tape = Tape.open(slab)) {
      assertArrayEquals(
          without.logits(tape, tape.ints(TOKENS), BATCH, LENGTH).toArray(),
          gpt.logits(tape, tape.ints(TOKENS), BATCH, LENGTH).toArray());
    }
  }

  private static float loss(Tape opened, Gpt gpt, long step) {
    try (Tape tape = opened) {
      return gpt.loss(tape, tape.ints(TOKENS), tape.ints(TARGETS), BATCH, LENGTH, step).item();
    }
  }

  @Test
  void aTinyModelLearnsAShortTextByHeart() {
    byte[] text =
        "a vector is what a lane would be if it had neighbours to keep it."
            .getBytes(StandardCharsets.US_ASCII);
    int length = 16;
    int batch = 4;
    int[] tokens = new int[batch * length];
    int[] targets = new int[batch * length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = text[i];
      targets[i] = text[i + 1];
    }
    Gpt gpt = Gpt.of(slab, GptConfig.of(128, length, 2, 2, 32), 3);
    AdamW optimizer = AdamW.over(gpt.parameters()).lr(1e-2f).clipGlobalNorm(1);
    float loss = Float.NaN;
    long reserved = 0;
    for (int step = 0; step < 100; step++) {
      try (Tape tape = Tape.open(slab)) {
        Tensor value = gpt.loss(tape, tape.ints(tokens), tape.ints(targets), batch, length, step);
        value.backward();
        loss = value.item();
      }
      if (step == 0) {
        assertEquals(Math.log(128), loss, 0.2, "nothing is known at the start");
      }
      optimizer.step();
      reserved = step == 0 ? slab.reservedBytes() : reserved;
    }
    assertTrue(loss < 0.1, "loss after 100 steps: " + loss);
    assertEquals(reserved, slab.reservedBytes(), "no memory is mapped after the first step");
  }

  private static void refuses(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void configurationsOutOfRangeAreNamed() {
    refuses("vocabulary = 0: at least 1 is wanted", () -> GptConfig.of(0, 5, 2, 2, 8));
    refuses("context = 0: at least 1 is wanted", () -> GptConfig.of(7, 0, 2, 2, 8));
    refuses("layers = -1: at least 1 is wanted", () -> GptConfig.of(7, 5, -1, 2, 8));
    refuses("heads = 0: at least 1 is wanted", () -> GptConfig.of(7, 5, 2, 0, 8));
    refuses("width = 0: at least 1 is wanted", () -> GptConfig.of(7, 5, 2, 2, 0));
    refuses("width = 9: a multiple of heads = 2 is wanted", () -> GptConfig.of(7, 5, 2, 2, 9));
    refuses(
        "width = 536870912: at most 536870911 is possible",
        () -> GptConfig.of(7, 5, 2, 1, 536_870_912));
    refuses(
        "keyHeads = 3: a divisor of heads = 4 is wanted",
        () -> new GptConfig(7, 5, 2, 4, 3, 8, 0, Positions.LEARNED, true));
    refuses(
        "dropout = 1.0: a probability of at least 0 and below 1 is wanted",
        () -> new GptConfig(7, 5, 2, 4, 4, 8, 1, Positions.LEARNED, true));
    refuses(
        "attentionDropout = NaN: a probability of at least 0 and below 1 is wanted",
        () -> GptConfig.of(7, 5, 2, 2, 8).withDropout(0, Float.NaN));
    refuses(
        "width = 6 with heads = 2 has 3 elements a head: rotary positions turn pairs, an even"
            + " number is wanted",
        () -> new GptConfig(7, 5, 2, 2, 2, 6, 0, Positions.ROTARY, true));
  }

  @Test
  void batchesOutOfRangeAreNamed() {
    Gpt gpt = random(CONFIGS.getFirst());
    try (Tape tape = Tape.open(slab)) {
      refuses(
          "batch = 1 and length = 6: both have to be at least 1, the length at most the context of"
              + " 5",
          () -> gpt.logits(tape, tape.ints(0, 0, 0, 0, 0, 0), 1, 6));
      refuses(
          "batch = 0 and length = 2: both have to be at least 1, the length at most the context of"
              + " 5",
          () -> gpt.logits(tape, tape.ints(0, 0), 0, 2));
      refuses("index 7 at row 1 is outside [0, 7)", () -> gpt.logits(tape, tape.ints(0, 7), 1, 2));
      refuses(
          "targets[1] = 9: it must be from 0 to 6",
          () -> gpt.loss(tape, tape.ints(0, 1), tape.ints(1, 9), 1, 2, 0));
    }
  }
}
