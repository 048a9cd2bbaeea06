package dev.lanewise.cli.images;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.training.Resumable;
import dev.lanewise.cli.training.RunCheckpoints;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training on images that goes on from a checkpoint. */
class ImageResumeTest {
  /** 20 images in batches of 8: a checkpoint after 3 steps lies within the second epoch. */
  private static final ImageData FEW =
      new ImageData("few shapes", DrawnShapes.draw(20, 1), DrawnShapes.draw(8, 2));

  private static final int STEPS = 6;

  @TempDir Path folder;

  private final List<String> warnings = new ArrayList<>();

  private static ImagePlan plan(int steps) {
    return ImagePlan.of(
        Map.of("layers", "1", "width", "4", "batch", "8", "steps", Integer.toString(steps)));
  }

  /** Bits of all tensors, and the held-out loss at the last step. */
  private record Left(Map<String, float[]> tensors, double heldOutLoss, long reports) {}

  private Left train(int threads, int stopAt, boolean resume) {
    ImagePlan plan = plan(STEPS);
    try (Slab slab = Slab.open("images", 16 << 20);
        Workers workers = Workers.of(threads)) {
      ImageTraining training = new ImageTraining(FEW, plan, slab, workers);
      if (resume) {
        // All of it has to come from the checkpoint.
        training.tensors().values().forEach(entry -> entry.data().fill((byte) 0));
        try (RunCheckpoints.Saved saved =
            RunCheckpoints.newest(folder.resolve("checkpoints"), warnings::add)) {
          saved.requireSame("the set of images", FEW.fingerprint());
          assertEquals(plan.values(), ImagePlan.resumed(saved.options(), Map.of()).values());
          training.resume(saved.restore(training), List.of());
        }
      }
      RunCheckpoints keeper =
          new RunCheckpoints(
              folder.resolve("checkpoints"), plan.values(), FEW.fingerprint(), 1e6, warnings::add);
      ImageTraining.Outcome outcome =
          training.train(
              snapshot -> {},
              (kept, over) -> {
                if (kept.position().step() == stopAt - 1) {
                  training.stop();
                }
                keeper.afterStep(kept, over);
              });
      assertEquals(stopAt > 0, outcome.stopped());
      Map<String, float[]> tensors = new LinkedHashMap<>();
      training
          .tensors()
          .forEach((name, entry) -> tensors.put(name, entry.data().toArray(JAVA_FLOAT)));
      return new Left(tensors, outcome.last().heldOutLoss(), outcome.curve().size());
    }
  }

  @Test
  void halfATrainingSavedAndGoneOnWithIsTheWholeTrainingBitForBitOnAnyNumberOfThreads()
      throws IOException {
    Left whole = train(1, -1, false);
    RunCheckpoints.deleteAll(folder.resolve("checkpoints"));
    Left half = train(2, STEPS / 2, false);
    assertFalse(
        Arrays.equals(
            half.tensors().get("bn1.running_mean"), whole.tensors().get("bn1.running_mean")));
    Left resumed = train(3, -1, true);
    assertEquals(whole.tensors().keySet(), resumed.tensors().keySet());
    whole
        .tensors()
        .forEach((name, values) -> assertArrayEquals(values, resumed.tensors().get(name), name));
    assertEquals(whole.heldOutLoss(), resumed.heldOutLoss());
    assertEquals(STEPS / 2, resumed.reports());
    assertEquals(List.of(), warnings);
  }

  @Test
  void otherImagesAndOtherOptionsAreRefused() {
    Left ignored = train(1, 2, false);
    try (RunCheckpoints.Saved saved =
        RunCheckpoints.newest(folder.resolve("checkpoints"), warnings::add)) {
      ImageData others = new ImageData("others", DrawnShapes.draw(20, 3), DrawnShapes.draw(8, 2));
      refuses(
          () -> saved.requireSame("the set of images", others.fingerprint()),
          "the set of images is no longer the one of");
      refuses(
          () -> ImagePlan.resumed(saved.options(), Map.of("batch", "9")),
          "--batch is 9 here and 8 in the checkpoint");
      refuses(
          () -> plan(STEPS).budget().requireSomeLeft(new Resumable.Position(STEPS, STEPS, 0, 1.5)),
          "this training was over at step 6 after 2 seconds");
    }
  }

  private static void refuses(Runnable action, String part) {
    String message = String.valueOf(assertThrows(UserError.class, action::run).getMessage());
    assertTrue(message.contains(part), message);
  }
}
