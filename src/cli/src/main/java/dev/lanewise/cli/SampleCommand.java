package dev.lanewise.cli;

import dev.lanewise.cli.model.Limits;
import dev.lanewise.cli.model.ModelFile;
import dev.lanewise.cli.model.Sampler;
import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "sample",
    description = "Generates text from a model that 'train' has saved.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false)
final class SampleCommand implements Runnable {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "a model.safetensors of 'train'")
  private @Nullable Path model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "text to go on with; default: the one saved with the model")
  private @Nullable String prompt;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      description = "bytes to generate",
      defaultValue = "1000")
  private int bytes;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description = "1 draws what the model learnt, less is safer, 0 takes the likeliest byte",
      defaultValue = "0.8")
  private double temperature;

  @Option(names = "--seed", paramLabel = "N", description = "of the draws", defaultValue = "1")
  private long seed;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    Limits.check("--bytes", bytes, 1, 10_000_000);
    Limits.checkFromZero("--temperature", temperature, 10);
    try (Slab slab = Slab.open("sample")) {
      ModelFile.Loaded loaded = ModelFile.load(Objects.requireNonNull(model), slab);
      String start = prompt == null ? loaded.metadata().getOrDefault(ModelFile.PROMPT, "") : prompt;
      byte[] startBytes = start.getBytes(StandardCharsets.UTF_8);
      byte[] text =
          new Sampler(loaded.model(), slab, Workers.shared())
              .generate(startBytes, bytes, temperature, seed);
      PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
      out.println(Sampler.printable(startBytes) + Sampler.printable(text));
    }
  }
}
