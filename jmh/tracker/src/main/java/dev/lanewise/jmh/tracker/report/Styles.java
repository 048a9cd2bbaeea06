package dev.lanewise.jmh.tracker.report;

import dev.lanewise.jmh.tracker.statistics.Verdict;

/** The classes of the style sheet. */
final class Styles {
  private Styles() {}

  static String of(Verdict verdict) {
    return switch (verdict) {
      case REGRESSION -> "bad";
      case IMPROVED -> "good";
      case EQUIVALENT -> "equal";
      case NO_CHANGE_SHOWN -> "open";
      case UNSTABLE -> "unstable";
    };
  }
}
