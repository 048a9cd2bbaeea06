package dev.lanewise.cli.images;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.lanewise.io.data.DataLoader;
import dev.lanewise.io.data.ShuffledOrder;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import dev.lanewise.nn.vision.Augmentation;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/** The memory of a batch of augmented images, filled ahead of the step that takes it. */
final class ImageBatch {
  private final TensorLayout layout;

  /** As they are drawn, before they are changed. */
  private final MemorySegment drawn;

  private final MemorySegment pixels;
  private final MemorySegment labels;

  private ImageBatch(Slab slab, TensorLayout layout) {
    this.layout = layout;
    drawn = slab.allocate(layout);
    pixels = slab.allocate(layout);
    labels = slab.allocateInts(layout.dim(0));
  }

  /**
   * The batches of a training from a step on: which images there are, and what becomes of them, is
   * a function of the plan's seed and the step.
   *
   * @param ring of {@link #ring}
   */
  static DataLoader<ImageBatch> loader(
      List<ImageBatch> ring, LabelledImages images, ImagePlan plan, long firstStep, int threads) {
    ShuffledOrder order = new ShuffledOrder(plan.whole("seed"), images.count());
    Augmentation augmentation = plan.augmentation();
    return DataLoader.of(
        ring,
        firstStep,
        threads,
        (batch, step) -> {
          batch.draw(images, order, step);
          augmentation.apply(batch.layout, batch.drawn, batch.pixels, step);
        });
  }

  /** So many batches. */
  static List<ImageBatch> ring(Slab slab, TensorLayout layout, int batches) {
    return Stream.generate(() -> new ImageBatch(slab, layout)).limit(batches).toList();
  }

  private void draw(LabelledImages images, ShuffledOrder order, long step) {
    long first = Math.multiplyExact(step, layout.dim(0));
    for (int i = 0; i < layout.dim(0); i++) {
      int image = order.sample(first + i);
      images.write(image, drawn, i);
      labels.setAtIndex(JAVA_INT, i, images.label(image));
    }
  }

  /** Copies images and labels to where the step reads them. */
  void copyTo(MemorySegment stepPixels, MemorySegment stepLabels) {
    MemorySegment.copy(pixels, 0, stepPixels, 0, layout.bytes());
    MemorySegment.copy(labels, 0, stepLabels, 0, layout.dim(0) * Integer.BYTES);
  }
}
