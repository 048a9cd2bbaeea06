package dev.lanewise.jmh.python;

import dev.lanewise.jmh.KernelBenchmark;
import dev.lanewise.jmh.Operands;
import dev.lanewise.jmh.Threads;
import dev.lanewise.jmh.training.TrainingBenchmark.Samples;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A training step of ours, replayed, beside PyTorch's in a Python process: forward, backward,
 * clipping to a global norm of 1, AdamW. Both sides begin with the same weights, by way of a
 * safetensors file, and see the same batches; in the forks of ours the losses of the first steps
 * are compared.
 *
 * <p>The {@code python3} on the path has to have torch and numpy; run in the root of the project.
 */
@Warmup(iterations = 3, time = 1, timeUnit = TimeUnit.SECONDS)
@Measurement(iterations = 5, time = 1, timeUnit = TimeUnit.SECONDS)
public class PythonTrainingBenchmark extends KernelBenchmark {
  private static final Path SCRIPT = Path.of("jmh", "src", "peers", "python", "training.py");

  /** Rounding differs, and every step adds to what it has become. */
  private static final double TOLERANCE = 1e-3;

  @Param public Trainings model;

  @Param public PythonSide library;

  @Param("ONE")
  public Threads threads;

  private Slab slab;
  private Workers workers;
  private Training training;
  private PythonProcess process;

  @Setup
  public void setUp() throws IOException {
    slab = Slab.open("training");
    workers = threads.open();
    training = model.open(slab, workers);
    process = start();
    if (library == PythonSide.LANEWISE) {
      compare();
      process.close();
    }
  }

  private PythonProcess start() throws IOException {
    Path folder = Files.createTempDirectory("training");
    Path weights = folder.resolve("weights.safetensors");
    Path batches = folder.resolve("batches");
    try {
      training.writeWeights(weights);
      training.writeBatches(batches);
      String mode = library == PythonSide.PYTORCH_COMPILED ? "compiled" : "eager";
      String count = Integer.toString(threads.count());
      List<String> arguments =
          new ArrayList<>(List.of(mode, count, weights.toString(), batches.toString()));
      arguments.addAll(training.arguments());
      return PythonProcess.start(
          SCRIPT, arguments, Map.of("OMP_NUM_THREADS", count, "MKL_NUM_THREADS", count));
    } finally {
      Files.deleteIfExists(weights);
      Files.deleteIfExists(batches);
      Files.delete(folder);
    }
  }

  private void compare() throws IOException {
    int steps = model.comparedSteps();
    for (int i = 1; i <= steps; i++) {
      float theirs = process.steps(1);
      float ours = training.step();
      if (i == 1 || i == steps) {
        System.out.println("loss of step " + i + ": ours " + ours + ", theirs " + theirs);
      }
      Operands.require("loss of step " + i, theirs, ours, TOLERANCE);
    }
  }

  @Benchmark
  public float step(Samples samples) throws IOException {
    samples.samples += training.samples();
    return library == PythonSide.LANEWISE ? training.step() : process.steps(1);
  }

  @TearDown
  public void close() throws IOException {
    process.close();
    training.close();
    workers.close();
    slab.close();
  }
}
