package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
  private static final String SMALL =
      "--model mlp --context 16 --embedding 4 --hidden 16 --batch 32";

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
            "xz -6",
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
  void trainLearnsDrawnShapesWithoutAnyFileAndGoesOn() throws IOException {
    String small = "train --model resnet --layers 1 --width 4 --batch 8 --steps 1 --threads 1";
    Result trained = lanewise(words(small, "--output", output));
    assertEquals(0, trained.code(), trained.err());
    assertTrue(trained.out().contains("drawn shapes: 8,192 to train on"), trained.out());
    assertTrue(Files.exists(output.resolve("model.safetensors")));
    assertOneSentence(
        lanewise(words("train --resume", "--output", output)), "this training was over at step 1");
    Result more = lanewise(words("train --resume --steps 2 --output", output));
    assertEquals(0, more.code(), more.err());
    assertTrue(more.out().contains("resume    at step 1"), more.out());
    List<String> log = Files.readAllLines(output.resolve("log.csv"));
    assertEquals(3, log.size());
    assertTrue(log.getLast().startsWith("2,"), log.getLast());
    assertOneSentence(
        lanewise(words(small + " --dropout 0.1", "--output", output)),
        "--dropout is no option of the model resnet");
  }

  @Test
  void trainLearnsTheClassesOfAFolderOfPictures() throws IOException {
    for (String picture : List.of("bright/1", "bright/2", "dark/1", "test/bright/1")) {
      Path file = output.resolveSibling("pictures").resolve(picture + ".pgm");
      Files.createDirectories(file.getParent());
      Files.writeString(file, "P2 8 8 255\n" + (picture.contains("b") ? "200 " : "9 ").repeat(64));
    }
    Path pictures = output.resolveSibling("pictures");
    String small = "train --model resnet --layers 1 --width 4 --batch 2 --steps 1 --threads 1";
    Result trained =
        lanewise(
            words(small + " --image-size 8 --flip true", "--output", output, "--images", pictures));
    assertEquals(0, trained.code(), trained.err());
    assertTrue(
        trained.out().contains("3 to train on, 1 held out, 8 x 8 x 1, 2 classes"), trained.out());
    assertOneSentence(
        lanewise(words(small + " --force", "--output", output, "--images", pictures)),
        "is 8 x 8 pixels, smaller than the 32 x 32 that the model takes");
  }

  @Test
  void aTrainingLeavesItsPageItsLogAndACheckpointThatItGoesOnFrom() throws IOException {
    Result first = train("--steps 5 --optimizer lion --schedule wsd");
    assertEquals(0, first.code(), first.err());
    String page = Files.readString(output.resolve("report.html"));
    for (String part :
        List.of("learning rate", "<td>lion</td>", "<td>wsd</td>", "Sample", "java")) {
      assertTrue(page.contains(part), part);
    }
    assertEquals(6, Files.readAllLines(output.resolve("log.csv")).size());
    Result more = lanewise(words("train --resume --steps 8 --output", output));
    assertEquals(0, more.code(), more.err());
    assertTrue(more.out().contains("resume    at step 5"), more.out());
    List<String> log = Files.readAllLines(output.resolve("log.csv"));
    assertEquals(9, log.size());
    assertTrue(log.getLast().startsWith("8,"), log.getLast());
  }

  @Test
  void aDiagnosisEndsInATableAndHeatMapsAndChangesNoStep() throws IOException {
    Result plain = train("--steps 25");
    assertEquals(0, plain.code(), plain.err());
    assertFalse(plain.out().contains("weight grad"), plain.out());
    byte[] model = Files.readAllBytes(output.resolve("model.safetensors"));
    output = folder.resolve("looked at");
    Result looked = train("--steps 25 --diagnose");
    assertEquals(0, looked.code(), looked.err());
    for (String part : List.of("weight grad", "embedding  ", "output  ", "step 20: healthy")) {
      assertTrue(looked.out().contains(part), part + " is missing in:\n" + looked.out());
    }
    assertTrue(Files.readString(output.resolve("report.html")).contains("<h2>Diagnosis"));
    assertArrayEquals(model, Files.readAllBytes(output.resolve("model.safetensors")));
  }

  @Test
  void whatDiffersFromTheCheckpointIsRefusedByName() throws IOException {
    assertEquals(0, train("--steps 2").code());
    Result other = lanewise(words("train --resume --hidden 17 --output", output));
    assertOneSentence(other, "--hidden is 17 here and 16 in the checkpoint");
    assertOneSentence(
        lanewise(words("train --resume --batch 32 --output", output)),
        "this training was over at step 2");
    Files.writeString(text, "another text altogether\n".repeat(100));
    assertOneSentence(
        lanewise(words("train --resume --steps 3 --output", output)),
        "the corpus is no longer the one of");
  }

  @Test
  void checkpointsOfAnEarlierTrainingAreNotOverwrittenAndARaceLeavesThemAlone() throws IOException {
    Path checkpoint = output.resolve("checkpoints/checkpoint-0000000000000000007.safetensors");
    Files.createDirectories(checkpoint.getParent());
    Files.writeString(checkpoint, "precious");
    assertOneSentence(train("--steps 1"), "--resume to go on with a training");
    Result raced =
        lanewise(
            words(
                "race --force --entrants adamw --steps 1 " + SMALL,
                "--corpus",
                text,
                "--output",
                output));
    assertEquals(0, raced.code(), raced.err());
    assertEquals("precious", Files.readString(checkpoint));
    assertEquals(0, train("--steps 1 --force").code());
    assertFalse(Files.exists(checkpoint));
  }

  @Test
  void thereIsNothingToGoOnFromInAFolderWithoutACheckpoint() {
    assertOneSentence(
        lanewise(words("train --resume --output", output)), "there is no checkpoint to go on from");
    assertFalse(Files.exists(output));
    assertOneSentence(lanewise(words("train --resume")), "give it with --output");
  }

  @Test
  void aRaceDrawsAllEntrantsInOnePictureAlsoOneThatDiverges() throws IOException {
    Result raced =
        lanewise(
            words(
                "race --entrants adamw,lion:lr=0.01:schedule=constant,sgd:lr=100:clip=0 --steps 30 "
                    + SMALL,
                "--corpus",
                text,
                "--output",
                output));
    assertEquals(0, raced.code(), raced.err());
    String page = Files.readString(output.resolve("race.html"));
    for (String part :
        List.of(
            "adamw", "lion:lr=0.01:schedule=constant", "over steps", "over time", "<td>30</td>")) {
      assertTrue(page.contains(part), part);
    }
    assertEquals(6, page.split("<polyline", -1).length - 1);
    assertTrue(raced.out().contains("held-out bits per byte"), raced.out());
    assertTrue(raced.out().contains("sgd:lr=100:clip=0 (diverged)"), raced.out());
    assertTrue(page.contains("the training has diverged at step"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"adamx", "adamw,adamw", "adamw:lr", "adamw:hidden=3", "adamw:lr=fast", "adamw,"})
  void entrantsThatCannotStartAreOneSentence(String entrants) {
    Result result =
        lanewise(words("race --entrants " + entrants, "--corpus", text, "--output", output));
    assertEquals(2, result.code(), result.err());
    assertEquals(1, result.err().strip().lines().count(), result.err());
    assertFalse(Files.exists(output));
  }

  @Test
  void theDefaultModelIsATransformerThatSamplesPastItsContext() {
    Result trained =
        lanewise(
            words(
                "train --steps 3 --width 16 --heads 2 --layers 1 --context 16 --batch 2",
                "--corpus",
                text,
                "--output",
                output));
    assertEquals(0, trained.code(), trained.err());
    assertTrue(trained.out().contains("model     gpt"), trained.out());
    Result sampled =
        lanewise(words("sample --bytes 50 --top-k 1 --model", output.resolve("model.safetensors")));
    assertEquals(0, sampled.code(), sampled.err());
  }

  @Test
  void bytePairsAreLearntSavedWithTheModelAndSampled() {
    Result trained = train("--steps 5 --tokenizer bpe --vocabulary 270");
    assertEquals(0, trained.code(), trained.err());
    assertTrue(trained.out().contains("tokens    bpe: 270"), trained.out());
    Result sampled =
        lanewise(
            words(
                "sample --prompt the_quick --bytes 30 --top-k 5 --top-p 0.9 --model",
                output.resolve("model.safetensors")));
    assertEquals(0, sampled.code(), sampled.err());
    assertTrue(sampled.out().startsWith("the_quick"), sampled.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--optimizer adamx", "--schedule cos", "--tokenizer words", "--model rnn"})
  void anUnknownNameIsToldWhichThereAre(String option) {
    Result result = lanewise(words("train " + option, "--corpus", text, "--output", output));
    assertOneSentence(result, "give one of");
    assertFalse(Files.exists(output));
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
        "--lr 200",
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
        "--corpus-limit 5000",
        "--clip -1",
        "--warmup 2",
        "--vocabulary 300",
        "--tokenizer bpe --vocabulary 9000",
        "--checkpoint-interval 0"
      })
  void anOptionOutOfRangeIsOneSentenceAndLeavesNothingBehind(String option) {
    Result result =
        lanewise(words("train --model mlp " + option, "--corpus", text, "--output", output));
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
        "--temperature 11",
        "--top-k -1",
        "--top-p 0",
        "--top-p 1.1"
      })
  void aSampleOptionOutOfRangeIsOneSentence(String option) {
    assertOneSentence(lanewise(words("sample " + option + " --model", text)), "out of range");
  }

  @Test
  void helpAndVersionAreNoFailures() {
    assertEquals(0, lanewise(List.of()).code());
    assertTrue(lanewise(List.of()).out().contains("doctor"));
    assertEquals(0, lanewise(words("--version")).code());
    for (String command : List.of("train", "sample", "race", "doctor")) {
      Result help = lanewise(words(command + " --help"));
      assertEquals(0, help.code(), help.err());
      assertTrue(help.out().contains("Usage: lanewise " + command), help.out());
    }
  }
}
