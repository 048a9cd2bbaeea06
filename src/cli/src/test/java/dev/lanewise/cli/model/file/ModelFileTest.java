package dev.lanewise.cli.model.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.mlp.MlpShape;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.text.ByteTokenizer;
import dev.lanewise.cli.text.Tokenizer;
import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.Slab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
  private static final MlpShape SHAPE = new MlpShape(256, 16, 4, 8, 2);

  @TempDir Path folder;

  private final Slab slab = Slab.open("model file");
  private final LanguageModel model = SHAPE.random(slab, 5);
  private final Tokenizer bytes = new ByteTokenizer();

  @AfterEach
  void close() {
    slab.close();
  }

  private Path saved() {
    Path file = folder.resolve("model.safetensors");
    ModelFile.save(file, model, bytes, Map.of("corpus", "a text", ModelFile.PROMPT, "once"));
    return file;
  }

  @Test
  void aSavedModelComesBackBitForBitWithItsNotes() {
    ModelFile.Loaded loaded = ModelFile.load(saved(), slab);
    assertEquals(SHAPE, loaded.model().shape());
    assertEquals("a text", loaded.metadata().get("corpus"));
    assertEquals("once", loaded.metadata().get(ModelFile.PROMPT));
    for (int i = 0; i < model.parameters().size(); i++) {
      assertArrayEquals(
          model.parameters().get(i).toArray(), loaded.model().parameters().get(i).toArray());
    }
  }

  @Test
  void theNamesAndLayoutsOfAShapeAreThoseOfItsModel() {
    SequencedMap<String, Object> actual = new LinkedHashMap<>();
    model.parameters().forEach(parameter -> actual.put(parameter.name(), parameter.layout()));
    assertEquals(actual.entrySet().stream().toList(), SHAPE.layouts().entrySet().stream().toList());
    assertEquals(
        model.parameters().stream().mapToLong(p -> p.layout().elements()).sum(),
        SHAPE.parameters());
  }

  @Test
  void aTruncatedFileIsOneSentenceWhereverItEnds() throws IOException {
    Path file = saved();
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length = length < 20 ? length + 1 : length + 997) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertFailure(file, "is not a model of lanewise train");
    }
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertFailure(file, "is not a model of lanewise train");
  }

  @Test
  void whatIsNoModelIsOneSentence() throws IOException {
    assertFailure(
        Files.writeString(folder.resolve("text"), "to be or not to be, that is the question"),
        "is not a model");
    assertFailure(folder.resolve("nowhere"), "no such file");
    assertFailure(folder, "folder");
  }

  @Test
  void aTensorFileOfSomethingElseIsOneSentence() throws IOException {
    assertFailure(
        rewritten(metadata -> metadata.remove("format"), tensors -> {}),
        "not a model of lanewise train");
  }

  @Test
  void metadataThatDisagreeWithTheTensorsAreOneSentenceWithBothSides() throws IOException {
    assertFailure(
        rewritten(metadata -> metadata.put("hidden", "9"), tensors -> {}),
        "by its metadata hidden.0.weight is 9x64, in the file it is 8x64");
    assertFailure(
        rewritten(metadata -> {}, tensors -> tensors.remove("output.bias")),
        "by its metadata output.bias is 256, in the file it is missing");
  }

  @Test
  void metadataOutOfRangeAreOneSentenceBeforeAnythingIsAllocated() throws IOException {
    assertFailure(
        rewritten(metadata -> metadata.put("hidden", "2000000000"), tensors -> {}), "out of range");
    assertFailure(
        rewritten(metadata -> metadata.put("context", "0"), tensors -> {}), "out of range");
    assertFailure(
        rewritten(metadata -> metadata.put("layers", "one"), tensors -> {}),
        "no whole number for layers");
    assertFailure(
        rewritten(metadata -> metadata.remove("embedding"), tensors -> {}),
        "no whole number for embedding");
    assertFailure(
        rewritten(metadata -> metadata.put("model", "rnn"), tensors -> {}),
        "there is no model \"rnn\": give one of");
    assertFailure(
        rewritten(metadata -> metadata.put("tokenizer", "words"), tensors -> {}),
        "there is no tokenizer \"words\": give one of");
    assertFailure(
        rewritten(
            metadata -> {
              metadata.put("tokenizer", "bpe");
              metadata.put("tokenizer.merges", "97 98");
            },
            tensors -> {}),
        "its model has 256 tokens, its tokenizer 257");
  }

  @Test
  void aTokenizerThatHasLearntComesBackWithItsModel() {
    Tokenizer pairs =
        Tokenizer.learn("bpe", 260, "the theme of the thesis ".repeat(9).getBytes(UTF_8));
    LanguageModel other = new MlpShape(pairs.vocabulary(), 16, 4, 8, 1).random(slab, 5);
    Path file = folder.resolve("pairs.safetensors");
    ModelFile.save(file, other, pairs, Map.of());
    assertEquals(pairs.merges(), ModelFile.load(file, slab).tokenizer().merges());
  }

  private interface Change<T> {
    void apply(T value);
  }

  private Path rewritten(
      Change<Map<String, String>> ofMetadata, Change<Map<String, Safetensors.Entry>> ofTensors)
      throws IOException {
    Map<String, String> metadata;
    try (Safetensors tensors = Safetensors.open(saved())) {
      metadata = new HashMap<>(tensors.metadata());
    }
    SequencedMap<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      entries.put(parameter.name(), new Safetensors.Entry(parameter.layout(), parameter.data()));
    }
    ofMetadata.apply(metadata);
    ofTensors.apply(entries);
    Path file = folder.resolve("changed.safetensors");
    Safetensors.write(file, entries, metadata);
    return file;
  }

  private void assertFailure(Path file, String part) {
    long used = slab.usedBytes();
    UserError error = assertThrows(UserError.class, () -> ModelFile.load(file, slab));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains(part), message);
    assertTrue(message.contains(file.toString()), message);
    assertFalse(message.contains("\n"), message);
    assertEquals(used, slab.usedBytes(), "memory was taken for a file that is not sound");
  }

  @Test
  void aFolderThatIsNotThereCannotBeSavedTo() {
    Path nowhere = folder.resolve("nowhere").resolve("model.safetensors");
    UserError error =
        assertThrows(UserError.class, () -> ModelFile.save(nowhere, model, bytes, Map.of()));
    assertTrue(
        String.valueOf(error.getMessage()).contains("cannot save the model"), error.getMessage());
  }
}
