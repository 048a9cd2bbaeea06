package dev.lanewise.cli;

import dev.lanewise.cli.model.Predictor;
import dev.lanewise.cli.model.file.ModelFile;
import dev.lanewise.cli.report.Limits;
import dev.lanewise.cli.sampling.Choice;
import dev.lanewise.cli.sampling.Printable;
import dev.lanewise.cli.sampling.Sampler;
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
    description = "Generates text from a model that 'train' has saved, as it is drawn.",
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
      description = "1 draws what the model learnt, less is safer, 0 takes the likeliest token",
      defaultValue = "0.8")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "draw from the N likeliest tokens alone; 0 for all",
      defaultValue = "0")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "X",
      description = "draw from the fewest tokens that make this part of the probability",
      defaultValue = "1")
  private double topP;

  @Option(names = "--seed", paramLabel = "N", description = "of the draws", defaultValue = "1")
  private long seed;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    Limits.check("--bytes", bytes, 1, 10_000_000);
    Limits.checkFromZero("--temperature", temperature, 10);
    Limits.check("--top-k", topK, 0, Integer.MAX_VALUE);
    Limits.checkAbove("--top-p", topP, 0, 1);
    try (Slab slab = Slab.open("sample")) {
      ModelFile.Loaded loaded = ModelFile.load(Objects.requireNonNull(model), slab);
      String start = prompt == null ? loaded.metadata().getOrDefault(ModelFile.PROMPT, "") : prompt;
      byte[] startBytes = start.getBytes(StandardCharsets.UTF_8);
      PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
      out.print(Printable.of(startBytes));
      out.flush();
      Printable printable = new Printable();
      Choice choice = new Choice(temperature, topK == 0 ? Integer.MAX_VALUE : topK, topP);
      try (Predictor predictor = loaded.model().predictor(slab, Workers.shared())) {
        new Sampler(predictor, loaded.tokenizer())
            .generate(
                startBytes,
                bytes,
                choice,
                seed,
                token -> {
                  out.print(printable.add(token));
                  out.flush();
                });
      }
      out.println(printable.end());
    }
  }
}
