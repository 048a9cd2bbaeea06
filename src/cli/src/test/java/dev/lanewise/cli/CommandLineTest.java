package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  private static final String SMALL = "--context 16 --embedding 4 --hidden 16 --batch 32";

  @TempDir Path folder;

  private Path text = Path.of("unset");
  private Path output = Path.of("unset");

  @BeforeEach
  void writeCorpus() throws IOException {
    text =
        Files.writeString(
            folder.resolve("text.txt"),
            "the quick brown fox jumps over the lazy dog.\n".repeat(100));
    output = folder.resolve("out");
  }

  private record Result(int code, String out, String err) {}

  private static Result lanewise(List<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Lanewise.run(arguments.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    return new Result(code, out.toString(), err.toString());
  }

  private static List<String> words(String command, Object... more) {
    return Stream.concat(Stream.of(command.split(" ")), Stream.of(more).map(Object::toString))
        .toList();
  }

  private Result train(String options) {
    return lanewise(words("train " + SMALL + " " + options, "--corpus", text, "--output", output));
  }

  private static void assertOneSentence(Result result, String part) {
    assertEquals(2, result.code(), result.err());
    assertTrue(result.err().startsWith("lanewise: ") && result.err().contains(part), result.err());
    assertEquals(1, result.err().strip().lines().count(), result.err());
    assertFalse(result.err().contains("\tat "), result.err());
  }

  @Test
  void trainWritesAModelAndACurveAndSampleReadsTheModel() throws IOException {
    Result trained = train("--steps 40 --layers 2 --threads 2");
    assertEquals(0, trained.code(), trained.err());
    for (String part :
        List.of(
            "text.txt",
            "4,051 bytes to train on, 450 held out",
            "parameters",
            "tokens/s",
            "of FMA peak",
            "this model",
            "order-2 count model",
            "gzip -9",
            "the model goes on:")) {
      assertTrue(trained.out().contains(part), part + " is missing in:\n" + trained.out());
    }
    assertTrue(Files.readString(output.resolve("learning-curve.svg")).startsWith("<svg"));
    Result sampled =
        lanewise(
            words(
                "sample --prompt the_quick --bytes 30 --model",
                output.resolve("model.safetensors")));
    assertEquals(0, sampled.code(), sampled.err());
    assertTrue(sampled.out().startsWith("the_quick"), sampled.out());
    assertEquals(
        0, lanewise(words("sample --bytes 5 --model", output.resolve("model.safetensors"))).code());
  }

  @Test
  void filesOfAnEarlierTrainingAreKeptWithoutForce() throws IOException {
    Files.createDirectories(output);
    Path model = Files.writeString(output.resolve("model.safetensors"), "precious");
    assertOneSentence(train("--steps 1"), "exists and would be overwritten");
    assertEquals("precious", Files.readString(model));
    Files.delete(model);
    Path curve = Files.writeString(output.resolve("learning-curve.svg"), "precious");
    assertOneSentence(train("--steps 1"), "exists and would be overwritten");
    assertEquals("precious", Files.readString(curve));
    assertFalse(Files.exists(model));
    assertEquals(0, train("--steps 1 --force").code());
    assertTrue(Files.size(model) > 1_000 && Files.readString(curve).startsWith("<svg"));
  }

  @Test
  void anOutputFolderThatCannotBeWrittenIsFoundOutBeforeTheTraining() throws IOException {
    Files.writeString(output, "a file where the folder should be");
    Result result = train("--steps 1000000");
    assertOneSentence(result, "cannot write to the output folder");
    assertEquals("a file where the folder should be", Files.readString(output));
    output = output.resolve("below");
    assertOneSentence(train("--steps 1000000"), "cannot write to the output folder");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--context 15",
        "--context 65",
        "--embedding 0",
        "--hidden 0",
        "--hidden 16385",
        "--layers 0",
        "--layers 17",
        "--batch 0",
        "--batch 65537",
        "--lr 0",
        "--lr -1",
        "--lr 2",
        "--lr NaN",
        "--weight-decay -0.1",
        "--weight-decay NaN",
        "--threads 0",
        "--threads 2000",
        "--steps 0",
        "--steps -5",
        "--seconds 0",
        "--seconds NaN",
        "--seconds 1e300",
        "--corpus-limit 0",
        "--corpus-limit 5000"
      })
  void anOptionOutOfRangeIsOneSentenceAndLeavesNothingBehind(String option) {
    Result result = lanewise(words("train " + option, "--corpus", text, "--output", output));
    assertOneSentence(result, "out of range");
    assertFalse(Files.exists(output));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--steps 1 --seconds 1",
        "--steps many",
        "--hidden 1.5",
        "--nonsense",
        "--context",
        "--seed x",
        "extra"
      })
  void wrongUsageIsOneSentenceThatNamesTheHelp(String options) {
    assertOneSentence(lanewise(words("train " + options)), "lanewise train --help");
  }

  @Test
  void anUnknownCommandIsOneSentence() {
    assertOneSentence(lanewise(words("fly")), "lanewise --help");
    assertOneSentence(lanewise(words("sample")), "--model");
  }

  @Test
  void aBadCorpusIsOneSentenceAndLeavesNothingBehind() throws IOException {
    text = folder.resolve("nowhere");
    assertOneSentence(train("--steps 1"), "does not exist");
    text = Files.createDirectories(folder.resolve("empty"));
    assertOneSentence(train("--steps 1"), "holds no file");
    text = Files.writeString(folder.resolve("few.txt"), "to be");
    assertOneSentence(train("--steps 1"), "5 bytes");
    text = Files.writeString(folder.resolve("broken.zip"), "PK\3\4 and nothing that follows");
    assertOneSentence(train("--steps 1"), "cannot read the corpus");
    assertFalse(Files.exists(output));
  }

  @Test
  void aBadModelIsOneSentence() throws IOException {
    assertOneSentence(lanewise(words("sample --model", folder.resolve("nowhere"))), "no such file");
    assertOneSentence(lanewise(words("sample --model", folder)), "folder");
    assertOneSentence(lanewise(words("sample --model", text)), "is not a model");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--bytes 0",
        "--bytes -1",
        "--temperature -1",
        "--temperature NaN",
        "--temperature 11"
      })
  void aSampleOptionOutOfRangeIsOneSentence(String option) {
    assertOneSentence(lanewise(words("sample " + option + " --model", text)), "out of range");
  }

  @Test
  void helpAndVersionAreNoFailures() {
    assertEquals(0, lanewise(List.of()).code());
    assertTrue(lanewise(List.of()).out().contains("doctor"));
    assertEquals(0, lanewise(words("--version")).code());
    for (String command : List.of("train", "sample", "doctor")) {
      Result help = lanewise(words(command + " --help"));
      assertEquals(0, help.code(), help.err());
      assertTrue(help.out().contains("Usage: lanewise " + command), help.out());
    }
  }
}
