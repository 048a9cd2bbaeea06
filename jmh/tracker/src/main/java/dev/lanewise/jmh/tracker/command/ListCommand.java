package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.measure.BenchmarkJar;
import dev.lanewise.jmh.tracker.measure.Configuration;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tracker list}. */
@Command(
    name = "list",
    description = "Lists benchmarks with all combinations of their parameters.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
  @Option(
      names = {"-c", "--candidate"},
      paramLabel = "SIDE",
      description = "jar, class path, folder or revision; default: the folder of here",
      defaultValue = ".")
  String candidate = ".";

  @Mixin BenchmarkOptions benchmarks = new BenchmarkOptions();
  @Mixin SideOptions sides = new SideOptions();
  @Mixin StoreOption store = new StoreOption();
  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Session session = Session.open(store.store, "list");
    BenchmarkJar jar = sides.sources(store.store, session.scratch()).resolve(candidate).jar();
    List<Configuration> found = jar.configurations(benchmarks.options(), session.scratch());
    found.forEach(out::println);
    out.println(found.size() + " to run");
    return ExitCode.FINE;
  }
}
