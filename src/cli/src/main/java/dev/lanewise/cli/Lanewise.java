package dev.lanewise.cli;

import dev.lanewise.cli.report.UserError;
import dev.lanewise.memory.OffHeapBudgetException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The top-level command and the one place where failures become exit codes. */
@Command(
    name = "lanewise",
    description = "Trains a small language model on kernels written in pure Java.",
    mixinStandardHelpOptions = true,
    versionProvider = Lanewise.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {TrainCommand.class, SampleCommand.class, RaceCommand.class, DoctorCommand.class})
final class Lanewise {
  /** Wrong usage and bad input. */
  static final int EXIT_USAGE = 2;

  /** A defect of this program: {@code EX_SOFTWARE} of sysexits.h. */
  private static final int EXIT_DEFECT = 70;

  static int run(String[] args) {
    return run(
        args,
        new PrintWriter(System.out, true, System.out.charset()),
        new PrintWriter(System.err, true, System.err.charset()));
  }

  static int run(String[] args, PrintWriter out, PrintWriter err) {
    CommandLine line = new CommandLine(new Lanewise());
    line.setOut(out);
    line.setErr(err);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(
        (failure, arguments) -> {
          String command = failure.getCommandLine().getCommandSpec().qualifiedName();
          err.println("lanewise: " + sentence(failure) + " Try '" + command + " --help'.");
          return EXIT_USAGE;
        });
    line.setExecutionExceptionHandler(
        (failure, command, result) -> {
          if (failure instanceof UserError) {
            err.println("lanewise: " + sentence(failure));
            return EXIT_USAGE;
          }
          if (failure instanceof OffHeapBudgetException) {
            err.println(
                "lanewise: "
                    + sentence(failure)
                    + " A smaller --batch, --width or --hidden needs less.");
            return EXIT_USAGE;
          }
          failure.printStackTrace(err);
          return EXIT_DEFECT;
        });
    try {
      return line.execute(args.length == 0 ? new String[] {"--help"} : args);
    } catch (OutOfMemoryError failure) {
      err.println(
          "lanewise: the heap is full: start java with a larger -Xmx, or train with a smaller"
              + " --corpus-limit.");
      return EXIT_USAGE;
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static String sentence(Exception failure) {
    String line = String.valueOf(failure.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
    return line.endsWith(".") || line.endsWith("?") ? line : line + ".";
  }

  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Lanewise.class.getPackage().getImplementationVersion();
      return new String[] {"lanewise " + (version == null ? "(not packaged)" : version)};
    }
  }
}
