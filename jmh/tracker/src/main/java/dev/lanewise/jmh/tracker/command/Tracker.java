package dev.lanewise.jmh.tracker.command;

import dev.lanewise.jmh.tracker.ExitCode;
import dev.lanewise.jmh.tracker.TrackerException;
import java.io.File;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.PropertiesDefaultProvider;

/** The top-level command and the one place where failures become exit codes. */
@Command(
    name = "tracker",
    description = {
      "Tracks the performance of JMH benchmarks, those of any project: a side to be measured is a"
          + " self-contained JMH jar, a class path, a folder that is built, or a git revision.",
      "Options that are always the same may stand in .tracker.properties: tracker.compare.rounds ="
          + " 12"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Tracker.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:fine",
      "1:a confirmed regression, a gate that is shut, a change for the worse in the history",
      "2:unstable: the machine, a build or a fork failed; nothing is said about the code",
      "3:wrong usage"
    },
    subcommands = {
      ListCommand.class,
      RunCommand.class,
      CompareCommand.class,
      AaCommand.class,
      PowerCommand.class,
      DetectCommand.class,
      ReportCommand.class,
      GateCommand.class,
      ProfileCommand.class,
      ExploreCommand.class,
      RooflineCommand.class
    })
public final class Tracker {
  private static final String DEFAULTS = ".tracker.properties";

  private Tracker() {}

  /** Runs the command line. */
  public static void main(String[] args) {
    System.exit(
        run(
            args,
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8)));
  }

  /** The exit code. */
  public static int run(String[] args, PrintWriter out, PrintWriter err) {
    CommandLine line = new CommandLine(new Tracker());
    line.setOut(out);
    line.setErr(err);
    File defaults = new File(DEFAULTS);
    if (defaults.exists()) {
      line.setDefaultValueProvider(new PropertiesDefaultProvider(defaults));
    }
    line.setParameterExceptionHandler(
        (failure, arguments) -> {
          String command = failure.getCommandLine().getCommandSpec().qualifiedName();
          err.println("tracker: " + sentence(failure) + " Try '" + command + " --help'.");
          return ExitCode.USAGE;
        });
    line.setExecutionExceptionHandler(
        (failure, command, result) -> {
          if (failure instanceof TrackerException known) {
            err.println("tracker: " + sentence(known));
            return known.exitCode();
          }
          if (failure instanceof UncheckedIOException) {
            err.println("tracker: " + sentence(failure));
            return ExitCode.UNSTABLE;
          }
          failure.printStackTrace(err);
          return ExitCode.DEFECT;
        });
    try {
      return line.execute(args.length == 0 ? new String[] {"--help"} : args);
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static String sentence(Exception failure) {
    String words = String.valueOf(failure.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
    return words.endsWith(".") || words.endsWith("?") ? words : words + ".";
  }

  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Tracker.class.getPackage().getImplementationVersion();
      return new String[] {"tracker " + (version == null ? "(not packaged)" : version)};
    }
  }
}
