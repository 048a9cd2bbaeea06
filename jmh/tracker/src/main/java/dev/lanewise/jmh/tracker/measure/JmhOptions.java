package dev.lanewise.jmh.tracker.measure;

import dev.lanewise.jmh.tracker.TrackerException;
import dev.lanewise.jmh.tracker.lane.Lane;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What all forks of a run have in common.
 *
 * @param java of the measured JVMs
 * @param includes JMH's regular expressions of names, none for all
 * @param excludes likewise
 * @param parameters values asked for in the place of the declared ones
 * @param jvm options of all measured JVMs
 * @param ignoresLock whether another JMH may run on this machine meanwhile
 * @param extra options of JMH that go along, such as {@code -wi 3 -i 5 -t 2}
 * @param launcher goes before the command of each JVM, such as {@code taskset -c 3}
 */
public record JmhOptions(
    Path java,
    List<String> includes,
    List<String> excludes,
    Map<String, List<String>> parameters,
    List<String> jvm,
    boolean ignoresLock,
    List<String> extra,
    List<String> launcher) {
  /** Set by the tracker itself. */
  private static final Set<String> OURS =
      Set.of(
          "-f",
          "-wf",
          "-rf",
          "-rff",
          "-o",
          "-jvm",
          "-p",
          "-e",
          "-foe",
          "-l",
          "-lp",
          "-jvmArgsPrepend");

  public JmhOptions {
    for (String option : extra) {
      if (OURS.contains(option)) {
        throw TrackerException.usage(
            "JMH's option "
                + option
                + " is set by the tracker: use its own options (--rounds, --parameter, --exclude,"
                + " --java, --jvm)");
      }
    }
    if (!Files.isExecutable(java)) {
      throw TrackerException.usage("no java at " + java + ": --java names the executable itself");
    }
  }

  /** The same with further options of JMH. */
  public JmhOptions and(String... more) {
    List<String> longer = new ArrayList<>(extra);
    longer.addAll(List.of(more));
    return new JmhOptions(
        java, includes, excludes, parameters, jvm, ignoresLock, List.copyOf(longer), launcher);
  }

  /** The same for questions whose answers a busy machine does not change. */
  public JmhOptions ignoringLock() {
    return new JmhOptions(java, includes, excludes, parameters, jvm, true, extra, launcher);
  }

  /** The same on the processors of a lane; where several run, JMH's lock would stop all but one. */
  public JmhOptions in(Lane lane) {
    return new JmhOptions(
        java,
        includes,
        excludes,
        parameters,
        jvm,
        ignoresLock || !lane.launcher().isEmpty(),
        extra,
        lane.launcher());
  }

  /** The same with another warm-up, of so many iterations of a second. */
  public JmhOptions warmedUpFor(int seconds) {
    List<String> others = new ArrayList<>();
    for (int i = 0; i < extra.size(); i++) {
      if (extra.get(i).equals("-wi") || extra.get(i).equals("-w")) {
        i++;
      } else {
        others.add(extra.get(i));
      }
    }
    others.addAll(List.of("-wi", String.valueOf(seconds), "-w", "1s"));
    return new JmhOptions(
        java, includes, excludes, parameters, jvm, ignoresLock, List.copyOf(others), launcher);
  }
}
