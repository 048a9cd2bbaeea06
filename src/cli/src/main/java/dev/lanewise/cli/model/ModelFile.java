package dev.lanewise.cli.model;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.io.MalformedTensorFileException;
import dev.lanewise.io.Safetensors;
import dev.lanewise.memory.Slab;
import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * A {@link ByteModel} as a safetensors file: parameters by name, hyper-parameters in the metadata.
 */
public final class ModelFile {
  /** Where {@link #save} leaves, and {@link #load} finds, a text to begin a sample with. */
  public static final String PROMPT = "prompt";

  private static final String FORMAT = "format";
  private static final String FORMAT_NAME = "lanewise-byte-model-1";

  private final Path file;
  private final Map<String, String> metadata;

  private ModelFile(Path file, Map<String, String> metadata) {
    this.file = file;
    this.metadata = metadata;
  }

  /** A model and what its file says about it. */
  public record Loaded(ByteModel model, Map<String, String> metadata) {}

  /**
   * Writes the model; an old file is replaced as a whole or not at all.
   *
   * @param notes what is worth knowing about the training
   */
  public static void save(Path file, ByteModel model, Map<String, String> notes) {
    SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      tensors.put(parameter.name(), new Safetensors.Entry(parameter.layout(), parameter.data()));
    }
    Shape shape = model.shape();
    Map<String, String> metadata = new TreeMap<>(notes);
    metadata.put(FORMAT, FORMAT_NAME);
    metadata.put("context", Integer.toString(shape.context()));
    metadata.put("embedding", Integer.toString(shape.embedding()));
    metadata.put("hidden", Integer.toString(shape.hidden()));
    metadata.put("layers", Integer.toString(shape.layers()));
    try {
      Safetensors.write(file, tensors, metadata);
    } catch (IOException failure) {
      throw new UserError("cannot save the model: " + failure.getMessage(), failure);
    }
  }

  /** Reads a model that {@link #save} has written; the file is not trusted. */
  public static Loaded load(Path file, Slab slab) {
    try (Safetensors tensors = Safetensors.open(file)) {
      ModelFile header = new ModelFile(file, tensors.metadata());
      Shape shape = header.shape();
      header.checkTensors(shape, tensors);
      ByteModel model = ByteModel.random(slab, shape, 0);
      for (Parameter parameter : model.parameters()) {
        tensors.read(parameter.name(), parameter.data());
      }
      return new Loaded(model, tensors.metadata());
    } catch (MalformedTensorFileException malformed) {
      throw new UserError(
          file + " is not a model of lanewise train: " + malformed.getMessage(), malformed);
    } catch (IOException failure) {
      throw new UserError(String.valueOf(failure.getMessage()), failure);
    }
  }

  private Shape shape() {
    if (!FORMAT_NAME.equals(metadata.get(FORMAT))) {
      throw new UserError(
          file
              + " is a tensor file but not a model of lanewise train: its metadata has no "
              + FORMAT
              + " = "
              + FORMAT_NAME);
    }
    try {
      return new Shape(number("context"), number("embedding"), number("hidden"), number("layers"));
    } catch (UserError outOfRange) {
      throw new UserError(file + " is not a sound model: " + outOfRange.getMessage(), outOfRange);
    }
  }

  private int number(String key) {
    String text = metadata.get(key);
    try {
      return Integer.parseInt(text == null ? "" : text);
    } catch (NumberFormatException notANumber) {
      throw new UserError("its metadata gives no whole number for " + key, notANumber);
    }
  }

  /** Before anything is allocated: the metadata and the tensors have to tell of the same model. */
  private void checkTensors(Shape shape, Safetensors tensors) {
    for (Map.Entry<String, TensorLayout> wanted : shape.layouts().entrySet()) {
      String name = wanted.getKey();
      boolean there = tensors.names().contains(name);
      if (!there || !tensors.layout(name).equals(wanted.getValue())) {
        throw new UserError(
            String.format(
                "%s is not a sound model: by its metadata %s is %s, in the file it is %s",
                file, name, wanted.getValue(), there ? tensors.layout(name) : "missing"));
      }
    }
  }
}
