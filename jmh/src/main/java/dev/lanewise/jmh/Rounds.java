package dev.lanewise.jmh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.jmh.report.MergedResults;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import org.openjdk.jmh.Main;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Optional;

/**
 * Runs benchmarks in rounds: in each round one fork of each, and the forks of all rounds make one
 * result. What a shared machine gives drifts by the minute, so what is to be compared must lie
 * close together in time: the libraries of one problem follow each other, and every other round
 * goes the other way. A ratio is that of two forks of the same round.
 *
 * <p>The first argument is the number of rounds, the others are those of JMH; 0 rounds is JMH as it
 * is. The result is written after each round to the file of {@code -rff}, as JMH's JSON; what JMH
 * has to say about the forks goes to {@code jmh/target/rounds.log}.
 */
public final class Rounds {
  private static final Path LOG = Path.of("jmh", "target", "rounds.log");
  private static final Path RESULT = Path.of("jmh", "target", "rounds.json");

  /** The parameter whose values are compared. */
  static final String COMPARED = "library";

  /** A benchmark with a value for each of its parameters. */
  record Configuration(String benchmark, SequencedMap<String, String> parameters) {
    /** What the forks that are compared have in common. */
    Configuration problem() {
      SequencedMap<String, String> others = new TreeMap<>(parameters);
      others.remove(COMPARED);
      return new Configuration(benchmark, others);
    }

    @Override
    public String toString() {
      String name =
          benchmark.substring(benchmark.lastIndexOf('.', benchmark.lastIndexOf('.') - 1) + 1);
      return name + " " + parameters.toString().replaceAll("[{},]", "");
    }
  }

  private Rounds() {}

  /** Run in the root of the project. */
  public static void main(String[] arguments)
      throws IOException, RunnerException, CommandLineOptionException {
    int rounds = Integer.parseInt(arguments[0]);
    String[] others = Arrays.copyOfRange(arguments, 1, arguments.length);
    if (rounds == 0) {
      Main.main(others);
    } else {
      run(rounds, new CommandLineOptions(others), new WithoutPatterns(others));
    }
  }

  /**
   * What was asked for, for a run that says itself which benchmark it is and leaves the file of
   * results alone.
   */
  private static final class WithoutPatterns extends CommandLineOptions {
    WithoutPatterns(String[] arguments) throws CommandLineOptionException {
      super(arguments);
    }

    @Override
    public List<String> getIncludes() {
      return List.of();
    }

    @Override
    public Optional<String> getResult() {
      return Optional.none();
    }
  }

  private static void run(int rounds, CommandLineOptions options, WithoutPatterns forFork)
      throws IOException, RunnerException {
    Path file = Path.of(options.getResult().orElse(RESULT.toString()));
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.createDirectories(LOG.getParent());
    try (PrintStream log =
        new PrintStream(Files.newOutputStream(LOG), true, StandardCharsets.UTF_8)) {
      OutputFormat output = OutputFormatFactory.createFormatInstance(log, VerboseMode.NORMAL);
      List<Configuration> configurations = neighbours(configurations(options, output));
      if (configurations.isEmpty()) {
        throw new IllegalArgumentException("no benchmark matches " + options.getIncludes());
      }
      MergedResults merged = new MergedResults();
      for (int round = 0; round < rounds; round++) {
        int done = 0;
        for (Configuration configuration : inRound(configurations, round)) {
          Collection<RunResult> fork = fork(forFork, configuration, output);
          merged.add(json(fork));
          done++;
          System.out.printf(
              Locale.ROOT,
              "round %d of %d, %d of %d: %s: %s%n",
              round + 1,
              rounds,
              done,
              configurations.size(),
              configuration,
              score(fork));
        }
        Files.writeString(file, merged.toJson());
      }
    } catch (RunnerException e) {
      throw new RunnerException("a fork failed, see " + LOG, e);
    }
    System.out.println("wrote " + file);
  }

  private static Collection<RunResult> fork(
      WithoutPatterns options, Configuration configuration, OutputFormat output)
      throws RunnerException {
    ChainedOptionsBuilder one =
        new OptionsBuilder()
            .parent(options)
            .include("^" + configuration.benchmark().replace(".", "\\.") + "$")
            .forks(1)
            .warmupForks(0)
            .shouldFailOnError(true);
    configuration.parameters().forEach((name, value) -> one.param(name, value));
    Collection<RunResult> results = new Runner(one.build(), output).run();
    if (results.size() != 1) {
      throw new IllegalStateException(
          "JMH ran " + results.size() + " benchmarks where one was asked for: " + configuration);
    }
    return results;
  }

  private static JsonNode json(Collection<RunResult> results) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      ResultFormatFactory.getInstance(ResultFormatType.JSON, out).writeOut(results);
    }
    return new ObjectMapper().readTree(bytes.toByteArray());
  }

  private static String score(Collection<RunResult> results) {
    StringBuilder scores = new StringBuilder();
    for (RunResult result : results) {
      Result<?> flops = result.getSecondaryResults().get("flops");
      scores.append(
          flops == null
              ? String.format(
                  Locale.ROOT,
                  "%.4g %s",
                  result.getPrimaryResult().getScore(),
                  result.getPrimaryResult().getScoreUnit())
              : String.format(Locale.ROOT, "%.2f GFLOP/s", flops.getScore() * 1e-9));
    }
    return scores.toString();
  }

  /** All combinations of parameters that JMH would run. */
  private static List<Configuration> configurations(
      CommandLineOptions options, OutputFormat output) {
    List<Configuration> all = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (BenchmarkListEntry entry :
        BenchmarkList.defaultList().find(output, options.getIncludes(), options.getExcludes())) {
      if (!seen.add(entry.getUsername())) {
        continue;
      }
      SequencedMap<String, List<String>> values = new TreeMap<>();
      Map<String, String[]> declared = entry.getParams().orElse(Map.of());
      declared.forEach(
          (name, defaults) ->
              values.put(
                  name, List.copyOf(options.getParameter(name).orElse(Arrays.asList(defaults)))));
      all.addAll(combinations(entry.getUsername(), values));
    }
    return all;
  }

  /** Every choice of one value for each parameter, the last parameter changing fastest. */
  static List<Configuration> combinations(
      String benchmark, SequencedMap<String, List<String>> values) {
    List<SequencedMap<String, String>> chosen = new ArrayList<>();
    chosen.add(new TreeMap<>());
    for (Map.Entry<String, List<String>> parameter : values.entrySet()) {
      List<SequencedMap<String, String>> longer = new ArrayList<>();
      for (SequencedMap<String, String> before : chosen) {
        for (String value : parameter.getValue()) {
          SequencedMap<String, String> with = new TreeMap<>(before);
          with.put(parameter.getKey(), value);
          longer.add(with);
        }
      }
      chosen = longer;
    }
    return chosen.stream().map(parameters -> new Configuration(benchmark, parameters)).toList();
  }

  /** The same configurations, those of one problem next to each other. */
  static List<Configuration> neighbours(List<Configuration> configurations) {
    SequencedMap<Configuration, List<Configuration>> problems = new LinkedHashMap<>();
    for (Configuration configuration : configurations) {
      problems
          .computeIfAbsent(configuration.problem(), problem -> new ArrayList<>())
          .add(configuration);
    }
    return problems.values().stream().flatMap(List::stream).toList();
  }

  /** The order of a round, counted from 0: there and back again. */
  static List<Configuration> inRound(List<Configuration> configurations, int round) {
    return round % 2 == 0 ? configurations : configurations.reversed();
  }
}
