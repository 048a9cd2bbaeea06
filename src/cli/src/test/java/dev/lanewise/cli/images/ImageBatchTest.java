package dev.lanewise.cli.images;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.io.data.DataLoader;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Batches of augmented images, whoever fills them. */
class ImageBatchTest {
  private static final int BATCH = 8;
  private static final LabelledImages IMAGES = DrawnShapes.draw(20, 1);
  private static final TensorLayout LAYOUT =
      TensorLayout.of(BATCH, DrawnShapes.SIDE, DrawnShapes.SIDE, DrawnShapes.CHANNELS);

  /** Of each step, the labels and what the pixels add up to in their order. */
  private static List<String> batches(long first, int steps, int threads) {
    ImagePlan plan = ImagePlan.of(Map.of("batch", Integer.toString(BATCH)));
    List<String> seen = new ArrayList<>();
    try (Slab slab = Slab.open("batches", 8 << 20)) {
      MemorySegment pixels = slab.allocate(LAYOUT);
      MemorySegment labels = slab.allocateInts(BATCH);
      try (DataLoader<ImageBatch> loader =
          ImageBatch.loader(
              ImageBatch.ring(slab, LAYOUT, threads + 1), IMAGES, plan, first, threads)) {
        for (int step = 0; step < steps; step++) {
          loader.next().copyTo(pixels, labels);
          seen.add(
              Arrays.toString(labels.toArray(JAVA_INT))
                  + " "
                  + Arrays.hashCode(pixels.toArray(JAVA_FLOAT)));
        }
      }
    }
    return seen;
  }

  @Test
  void theBatchesOfAStepAreTheSameForAnyNumberOfThreadsAndAnyFirstStep() {
    List<String> all = batches(0, 9, 1);
    for (int threads : new int[] {2, 3, 7}) {
      assertEquals(all, batches(0, 9, threads), threads + " threads");
    }
    assertEquals(all.subList(4, 9), batches(4, 5, 2));
    assertEquals(9, all.stream().distinct().count());
  }

  /** 20 images in batches of 8: two epochs are five batches. */
  @Test
  void eachImageIsSeenOnceAnEpoch() {
    Map<String, Integer> counts = new HashMap<>();
    for (String batch : batches(0, 5, 2)) {
      String labels = batch.substring(1, batch.indexOf(']'));
      for (String label : labels.split(", ", -1)) {
        counts.merge(label, 1, Integer::sum);
      }
    }
    // Image i is of class i % 8: there are three of the first four classes, two of the others.
    for (int label = 0; label < 8; label++) {
      assertEquals(label < 4 ? 6 : 4, counts.get(Integer.toString(label)), "class " + label);
    }
  }
}
