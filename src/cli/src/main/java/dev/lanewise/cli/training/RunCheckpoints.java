package dev.lanewise.cli.training;

import dev.lanewise.cli.report.UserError;
import dev.lanewise.io.Checkpoint;
import dev.lanewise.io.Checkpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The checkpoints of one training: what it was asked for, where it stands, parameters and optimizer
 * state, every few seconds and at its end.
 */
public final class RunCheckpoints implements Resumable.Keeper {
  /** The newest one, and one more in case the disk has damaged it. */
  private static final int KEPT = 2;

  private static final String OPTION = "option.";
  private static final String DATA = "corpus.fingerprint";
  private static final String OPTIMIZER_STEPS = "optimizer-steps";
  private static final String SKIPPED = "skipped-in-a-row";
  private static final String SECONDS = "seconds-used";

  private final Checkpoints checkpoints;
  private final Map<String, String> identity = new LinkedHashMap<>();
  private final double intervalSeconds;
  private final Consumer<String> warnings;
  private double lastSaved;

  /**
   * The checkpoints of a training that begins or goes on.
   *
   * @param options that it was asked for, by their names without dashes
   * @param fingerprint of what it learns from
   * @param intervalSeconds between two of them: what is lost at most
   * @param warnings told when one cannot be written; the training goes on
   */
  public RunCheckpoints(
      Path folder,
      Map<String, String> options,
      String fingerprint,
      double intervalSeconds,
      Consumer<String> warnings) {
    checkpoints = Checkpoints.in(folder, KEPT);
    options.forEach((name, value) -> identity.put(OPTION + name, value));
    identity.put(DATA, fingerprint);
    this.intervalSeconds = intervalSeconds;
    this.warnings = warnings;
  }

  /** Deletes what an earlier training has left in a folder. */
  public static void deleteAll(Path folder) {
    try {
      Checkpoints.in(folder, KEPT).deleteAll();
    } catch (IOException failure) {
      throw new UserError("cannot delete the checkpoints in " + folder + ": " + failure, failure);
    }
  }

  @Override
  public void afterStep(Resumable training, boolean over) {
    double seconds = training.seconds();
    if (!over && seconds - lastSaved < intervalSeconds) {
      return;
    }
    lastSaved = seconds;
    try {
      save(training);
    } catch (IOException failure) {
      warnings.accept(
          "no checkpoint at step "
              + training.position().step()
              + ", the last one still holds: "
              + failure.getMessage());
    }
  }

  private void save(Resumable training) throws IOException {
    Resumable.Position position = training.position();
    Map<String, String> metadata = new LinkedHashMap<>(identity);
    metadata.put(OPTIMIZER_STEPS, Long.toString(position.optimizerSteps()));
    metadata.put(SKIPPED, Integer.toString(position.skippedInARow()));
    metadata.put(SECONDS, Double.toString(position.seconds()));
    Path ignored = checkpoints.save(position.step(), training.tensors(), metadata);
  }

  /** A checkpoint to go on from. */
  public static final class Saved implements AutoCloseable {
    private final Checkpoint checkpoint;

    private Saved(Checkpoint checkpoint) {
      this.checkpoint = checkpoint;
    }

    /** Steps done. */
    public long step() {
      return checkpoint.step();
    }

    /** The options of the training, without their dashes. */
    public Map<String, String> options() {
      Map<String, String> options = new LinkedHashMap<>();
      checkpoint
          .metadata()
          .forEach(
              (name, value) -> {
                if (name.startsWith(OPTION)) {
                  options.put(name.substring(OPTION.length()), value);
                }
              });
      return options;
    }

    /**
     * Checks that a training would learn from what it has learnt from.
     *
     * @param what is called what it learns from, for the message
     * @param fingerprint of what is there now
     */
    public void requireSame(String what, String fingerprint) {
      String saved = text(DATA);
      if (!saved.equals(fingerprint)) {
        throw new UserError(
            what
                + " is no longer the one of "
                + checkpoint.file()
                + ", it was "
                + saved
                + " and is "
                + fingerprint
                + ": bring it back, or begin a new training without --resume");
      }
    }

    /**
     * Fills parameters and optimizer state.
     *
     * @return where the training stands
     */
    public Resumable.Position restore(Resumable training) {
      try {
        checkpoint.restore(training.tensors());
        return new Resumable.Position(
            step(),
            Long.parseLong(text(OPTIMIZER_STEPS)),
            Integer.parseInt(text(SKIPPED)),
            Double.parseDouble(text(SECONDS)));
      } catch (NumberFormatException notANumber) {
        throw new UserError(
            checkpoint.file() + " does not tell where the training stands", notANumber);
      } catch (IllegalArgumentException another) {
        throw new UserError(String.valueOf(another.getMessage()), another);
      } catch (IOException failure) {
        throw new UserError(String.valueOf(failure.getMessage()), failure);
      }
    }

    private String text(String key) {
      return checkpoint.metadata().getOrDefault(key, "");
    }

    @Override
    public void close() {
      try {
        checkpoint.close();
      } catch (IOException failure) {
        throw new UserError("cannot close " + checkpoint.file() + ": " + failure, failure);
      }
    }
  }

  /**
   * The newest checkpoint of a folder that is whole.
   *
   * @param warnings told of those that are not
   */
  public static Saved newest(Path folder, Consumer<String> warnings) {
    try {
      Checkpoints.Search search = Checkpoints.in(folder, KEPT).newest();
      search.skipped().forEach(broken -> warnings.accept(broken.getMessage() + "; left out"));
      Optional<Checkpoint> found = search.checkpoint();
      if (found.isEmpty()) {
        throw new UserError(
            "there is no checkpoint to go on from in " + folder + ": train without --resume");
      }
      return new Saved(found.get());
    } catch (IOException failure) {
      throw new UserError("cannot read the checkpoints in " + folder + ": " + failure, failure);
    }
  }
}
