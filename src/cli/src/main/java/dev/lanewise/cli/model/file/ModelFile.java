package dev.lanewise.cli.model.file;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.cli.model.LanguageModel;
import dev.lanewise.cli.model.ModelShape;
import dev.lanewise.cli.report.UserError;
import dev.lanewise.cli.text.Tokenizer;
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
 * A {@link LanguageModel} as a safetensors file: parameters by name, hyper-parameters and tokenizer
 * in the metadata.
 */
public final class ModelFile {
  /** Where {@link #save} leaves, and {@link #load} finds, a text to begin a sample with. */
  public static final String PROMPT = "prompt";

  private static final String FORMAT = "format";
  private static final String FORMAT_NAME = "lanewise-language-model-2";
  private static final String KIND = "model";
  private static final String TOKENIZER = "tokenizer";
  private static final String MERGES = "tokenizer.merges";

  private ModelFile() {}

  /** A model and what its file says about it. */
  public record Loaded(LanguageModel model, Tokenizer tokenizer, Map<String, String> metadata) {}

  /**
   * Writes the model; an old file is replaced as a whole or not at all.
   *
   * @param notes what is worth knowing about the training
   */
  public static void save(
      Path file, LanguageModel model, Tokenizer tokenizer, Map<String, String> notes) {
    Map<String, String> metadata = new TreeMap<>(notes);
    metadata.put(FORMAT, FORMAT_NAME);
    metadata.putAll(identity(model.shape(), tokenizer));
    try {
      Safetensors.write(file, tensors(model), metadata);
    } catch (IOException failure) {
      throw new UserError("cannot save the model: " + failure.getMessage(), failure);
    }
  }

  /** The parameters by name. */
  public static SequencedMap<String, Safetensors.Entry> tensors(LanguageModel model) {
    SequencedMap<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      tensors.put(parameter.name(), new Safetensors.Entry(parameter.layout(), parameter.data()));
    }
    return tensors;
  }

  /** What has to be known to make a model into which the tensors fit. */
  private static Map<String, String> identity(ModelShape shape, Tokenizer tokenizer) {
    Map<String, String> identity = new TreeMap<>(shape.settings());
    identity.put(KIND, shape.kind());
    identity.put(TOKENIZER, tokenizer.name());
    identity.put(MERGES, tokenizer.merges());
    return identity;
  }

  /** Reads a model that {@link #save} has written; the file is not trusted. */
  public static Loaded load(Path file, Slab slab) {
    try (Safetensors tensors = Safetensors.open(file)) {
      Map<String, String> metadata = tensors.metadata();
      requireFormat(file, metadata);
      Tokenizer tokenizer;
      ModelShape shape;
      try {
        shape = ModelKinds.of(metadata.getOrDefault(KIND, "")).shape(metadata);
        tokenizer =
            Tokenizer.of(metadata.getOrDefault(TOKENIZER, ""), metadata.getOrDefault(MERGES, ""));
        requireSameVocabulary(shape, tokenizer);
      } catch (UserError unsound) {
        throw new UserError(file + " is not a sound model: " + unsound.getMessage(), unsound);
      }
      checkTensors(file, shape, tensors);
      LanguageModel model = shape.random(slab, 0);
      for (Parameter parameter : model.parameters()) {
        tensors.read(parameter.name(), parameter.data());
      }
      return new Loaded(model, tokenizer, metadata);
    } catch (MalformedTensorFileException malformed) {
      throw new UserError(
          file + " is not a model of lanewise train: " + malformed.getMessage(), malformed);
    } catch (IOException failure) {
      throw new UserError(String.valueOf(failure.getMessage()), failure);
    }
  }

  private static void requireFormat(Path file, Map<String, String> metadata) {
    if (!FORMAT_NAME.equals(metadata.get(FORMAT))) {
      throw new UserError(
          file
              + " is a tensor file but not a model of lanewise train: its metadata has no "
              + FORMAT
              + " = "
              + FORMAT_NAME);
    }
  }

  private static void requireSameVocabulary(ModelShape shape, Tokenizer tokenizer) {
    if (shape.vocabulary() != tokenizer.vocabulary()) {
      throw new UserError(
          "its model has "
              + shape.vocabulary()
              + " tokens, its tokenizer "
              + tokenizer.vocabulary());
    }
  }

  /** Before anything is allocated: the metadata and the tensors have to tell of the same model. */
  private static void checkTensors(Path file, ModelShape shape, Safetensors tensors) {
    var names = tensors.names();
    for (Map.Entry<String, TensorLayout> wanted : shape.layouts().entrySet()) {
      String name = wanted.getKey();
      boolean there = names.contains(name);
      if (!there || !tensors.layout(name).equals(wanted.getValue())) {
        throw new UserError(
            String.format(
                "%s is not a sound model: by its metadata %s is %s, in the file it is %s",
                file, name, wanted.getValue(), there ? tensors.layout(name) : "missing"));
      }
    }
  }
}
