package dev.lanewise.cli.training;

import dev.lanewise.cli.report.UserError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One of those that race: a plan and what it is called.
 *
 * @param name as it was given: the optimizer, and the options in which it differs from the others
 */
public record Entrant(String name, Plan plan) {
  /**
   * What each entrant may have for itself; the rest decides what is learnt, by all of them alike.
   */
  private static final Set<String> OWN_OPTIONS =
      Set.of("lr", "schedule", "warmup", "weight-decay", "clip", "batch", "seed");

  /**
   * Reads a list: {@code adamw,lion:lr=3e-4,muon:lr=0.02:schedule=wsd}.
   *
   * @param common options of all entrants
   */
  public static List<Entrant> parse(String list, Map<String, String> common) {
    List<Entrant> entrants = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String name : list.split(",", -1)) {
      if (!names.add(name)) {
        throw new UserError("\"" + name + "\" is there twice in --entrants: leave one out");
      }
      entrants.add(new Entrant(name, plan(name, common)));
    }
    return List.copyOf(entrants);
  }

  private static Plan plan(String name, Map<String, String> common) {
    String[] parts = name.split(":", -1);
    Map<String, String> options = new LinkedHashMap<>(common);
    options.put("optimizer", parts[0]);
    for (int i = 1; i < parts.length; i++) {
      int at = parts[i].indexOf('=');
      String option = at < 0 ? parts[i] : parts[i].substring(0, at);
      if (at < 0 || !OWN_OPTIONS.contains(option)) {
        throw new UserError(
            "\""
                + parts[i]
                + "\" in --entrants is not one of "
                + String.join("=, ", OWN_OPTIONS.stream().sorted().toList())
                + "=: write for instance lion:lr=3e-4:schedule=wsd");
      }
      options.put(option, parts[i].substring(at + 1));
    }
    return Plan.of(options);
  }
}
