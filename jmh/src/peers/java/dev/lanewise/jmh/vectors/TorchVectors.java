package dev.lanewise.jmh.vectors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * Writes what PyTorch answers to the inputs of the tests, values and gradients, one tensor file for
 * each family of operations.
 *
 * <p>Argument: the folder, {@code src/core/src/test/resources/dev/lanewise/vectors}.
 */
public final class TorchVectors {
  private TorchVectors() {}

  /** Writes the files. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      throw new IllegalArgumentException(
          "one argument is wanted, the folder for the tensor files, not " + arguments.length);
    }
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    Loader.load(torch.class);
    torch.set_num_threads(1);
    ElementwiseVectors.collect().write(folder.resolve("elementwise.safetensors"));
    RowVectors.collect().write(folder.resolve("rows.safetensors"));
    LossVectors.collect().write(folder.resolve("losses.safetensors"));
    StepVectors.collect().write(folder.resolve("steps.safetensors"));
  }
}
