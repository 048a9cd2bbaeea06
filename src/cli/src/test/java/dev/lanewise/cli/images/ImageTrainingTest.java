package dev.lanewise.cli.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.output.OutputFolder;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.training.Resumable;
import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on images: what it learns, what it leaves, what it refuses. */
class ImageTrainingTest {
  private static final ImageData FEW =
      new ImageData("few shapes", DrawnShapes.draw(16, 1), DrawnShapes.draw(16, 1));

  @TempDir Path folder;

  private static ImagePlan plan(String... given) {
    Map<String, String> values = new HashMap<>();
    values.put("layers", "1");
    values.put("width", "4");
    values.put("batch", "8");
    for (int i = 0; i < given.length; i += 2) {
      values.put(given[i], given[i + 1]);
    }
    return ImagePlan.of(values);
  }

  private static List<ImageSnapshot> train(ImagePlan plan, int threads) {
    try (Slab slab = Slab.open("images", 16 << 20);
        Workers workers = Workers.of(threads)) {
      return new ImageTraining(FEW, plan, slab, workers)
          .train(snapshot -> {}, Resumable.Keeper.NONE)
          .curve();
    }
  }

  @Test
  void aRunOfSomeStepsRepeatsBitForBitOnAnyNumberOfThreads() {
    List<ImageSnapshot> first = train(plan("steps", "3"), 1);
    List<ImageSnapshot> second = train(plan("steps", "3"), 2);
    assertEquals(3, first.size());
    for (int i = 0; i < first.size(); i++) {
      assertEquals(first.get(i).trainLoss(), second.get(i).trainLoss());
      assertEquals(first.get(i).heldOutLoss(), second.get(i).heldOutLoss());
    }
  }

  @Test
  void theLossOfTrainingFalls() {
    List<ImageSnapshot> curve = train(plan("steps", "40", "lr", "0.01"), 1);
    double first = curve.get(0).trainLoss();
    double last = curve.getLast().trainLoss();
    assertTrue(last < 0.8 * first, first + " and then " + last);
  }

  @Test
  void aLearningRateThatIsTooHighIsToldAsSuch() {
    UserError failure =
        assertThrows(UserError.class, () -> train(plan("steps", "400", "lr", "100"), 1));
    assertTrue(
        String.valueOf(failure.getMessage()).contains("give a smaller --lr"), failure.getMessage());
  }

  @Test
  void itLeavesAModelWithItsRunningStatisticsACurveAndAPage() throws IOException {
    StringWriter text = new StringWriter();
    OutputFolder output = OutputFolder.ofTraining(folder.resolve("out"), false);
    try (Workers workers = Workers.of(1)) {
      new ImageRun(new PrintWriter(text), output, FEW, plan("steps", "2"), workers)
          .run(null, 30, warning -> {}, stop -> () -> {});
    }
    for (String part :
        List.of("few shapes: 16 to train on", "8 layers, 4 channels wide", "% right", "images/s")) {
      assertTrue(text.toString().contains(part), text.toString());
    }
    try (Safetensors model = Safetensors.open(output.model())) {
      assertTrue(model.names().contains("layer3.0.bn2.running_var"));
      assertEquals("2", model.metadata().get("steps-done"));
    }
    assertTrue(Files.readString(output.learningCurve()).startsWith("<svg"));
    String page = Files.readString(output.report());
    for (String part : List.of("told right", "images per second", "crc32c", "--weight-decay")) {
      assertTrue(page.contains(part), part);
    }
  }

  @Test
  void drawnShapesMayBeTurnedAndOtherImagesIfAsked() {
    assertTrue(plan().augmentation().flips());
    assertFalse(plan("images", "digits").augmentation().flips());
    assertTrue(plan("images", "photos", "flip", "true").augmentation().flips());
    assertFalse(plan("flip", "false").augmentation().flips());
  }

  @Test
  void optionsOfOtherModelsAndNumbersOutOfRangeAreRefused() {
    refuses("--heads is no option of the model resnet", "heads", "2");
    refuses("--layers = 0 is out of range", "layers", "0");
    refuses("there is no schedule \"sine\"", "schedule", "sine");
    refuses("--batch = many is not a whole number", "batch", "many");
    refuses("--steps = 0 is out of range", "steps", "0");
    refuses("--image-size = 0 is out of range", "image-size", "0");
  }

  private static void refuses(String part, String... given) {
    String message = String.valueOf(assertThrows(UserError.class, () -> plan(given)).getMessage());
    assertTrue(message.contains(part), message);
  }
}
