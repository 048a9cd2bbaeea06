package dev.lanewise.io;

import dev.lanewise.memory.TensorLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeMap;

/** A checkpoint that {@link Checkpoints#newest} has found whole. */
public final class Checkpoint implements AutoCloseable {
  private final Path file;
  private final Safetensors tensors;
  private final long step;
  private final Map<String, String> metadata;

  private Checkpoint(Path file, Safetensors tensors, long step) {
    this.file = file;
    this.tensors = tensors;
    this.step = step;
    Map<String, String> texts = new TreeMap<>(tensors.metadata());
    texts.keySet().removeIf(key -> key.startsWith("lanewise."));
    metadata = Map.copyOf(texts);
  }

  static Checkpoint open(Path file) throws IOException {
    Safetensors tensors = Safetensors.open(file);
    try {
      return new Checkpoint(file, tensors, checkedStep(file, tensors));
    } catch (Throwable failure) {
      tensors.close();
      throw failure;
    }
  }

  private static long checkedStep(Path file, Safetensors tensors) throws IOException {
    Map<String, String> texts = tensors.metadata();
    if (!Checkpoints.FORMAT_VERSION.equals(texts.get(Checkpoints.FORMAT))) {
      throw new MalformedTensorFileException(
          file,
          "it is no checkpoint: its metadata has no "
              + Checkpoints.FORMAT
              + " = "
              + Checkpoints.FORMAT_VERSION);
    }
    String claimed = texts.getOrDefault(Checkpoints.CHECKSUM, "");
    String found = Checkpoints.checksum(tensors);
    if (!claimed.equals(found)) {
      throw new MalformedTensorFileException(
          file,
          "its checksum is " + Safetensors.quoted(claimed) + ", that of its bytes is " + found);
    }
    String step = texts.getOrDefault(Checkpoints.STEP, "");
    try {
      return Long.parseLong(step);
    } catch (NumberFormatException notANumber) {
      throw new MalformedTensorFileException(
          file, "its step is " + Safetensors.quoted(step) + ", no whole number");
    }
  }

  /** Where it lies. */
  public Path file() {
    return file;
  }

  /** Steps done when it was saved. */
  public long step() {
    return step;
  }

  /** The text that was saved with it. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** The tensors' names. */
  public SequencedSet<String> names() {
    return tensors.names();
  }

  /**
   * Fills memory with the tensors that were saved, bit for bit.
   *
   * @param live where to, by name; the same names and shapes as were saved
   * @throws IllegalArgumentException if a name or shape differs, in a sentence that names the first
   *     one that does; nothing has been overwritten then
   * @throws IOException if the file cannot be read
   */
  public void restore(SequencedMap<String, Safetensors.Entry> live) throws IOException {
    SequencedMap<String, TensorLayout> layouts = tensors.layouts();
    Set<String> names = new LinkedHashSet<>(layouts.keySet());
    names.addAll(live.keySet());
    for (String name : names) {
      Safetensors.Entry wanted = live.get(name);
      TensorLayout saved = layouts.get(name);
      TensorLayout here = wanted == null ? null : wanted.layout();
      if (saved == null || here == null || !saved.equals(here)) {
        throw new IllegalArgumentException(
            Safetensors.quoted(name)
                + " is "
                + (saved == null ? "missing" : saved)
                + " in the checkpoint "
                + file
                + " and "
                + (here == null ? "missing" : here)
                + " here: go on with the model and the optimizer that it was saved from");
      }
    }
    for (Map.Entry<String, Safetensors.Entry> entry : live.entrySet()) {
      tensors.read(entry.getKey(), entry.getValue().data());
    }
  }

  /** Closes the file; what was read stays. */
  @Override
  public void close() throws IOException {
    tensors.close();
  }

  @Override
  public String toString() {
    return file + " (step " + step + ")";
  }
}
