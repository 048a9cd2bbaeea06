package dev.lanewise.jmh.tracker.measure;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** What makes two measurements comparable: all but the code, the JVM and the machine. */
public record SeriesKey(
    String benchmark, String mode, int threads, SortedMap<String, String> parameters)
    implements Comparable<SeriesKey> {
  public SeriesKey {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
  }

  /** Whether a score counts operations per time: the more the better. */
  @JsonIgnore
  public boolean isThroughput() {
    return mode.equals("thrpt");
  }

  public Configuration configuration() {
    return new Configuration(benchmark, parameters);
  }

  /** The name in tables: the mode and the threads are told where they are not the usual ones. */
  @Override
  public String toString() {
    return configuration()
        + (mode.equals("thrpt") || mode.equals("avgt") ? "" : " (" + mode + ")")
        + (threads == 1 ? "" : " (" + threads + " threads)");
  }

  @Override
  public int compareTo(SeriesKey other) {
    int byName = configuration().compareTo(other.configuration());
    return byName != 0 ? byName : (mode + threads).compareTo(other.mode + other.threads);
  }
}
