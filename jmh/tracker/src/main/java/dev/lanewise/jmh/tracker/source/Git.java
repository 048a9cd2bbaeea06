package dev.lanewise.jmh.tracker.source;

import dev.lanewise.jmh.tracker.measure.Subprocess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The few questions to git, asked on its command line. */
final class Git {
  private final Path root;
  private final Path log;

  Git(Path root, Path scratch) {
    this.root = root;
    this.log = scratch.resolve("git.log");
  }

  /** The full hash of a revision, nothing where there is no such commit. */
  Optional<String> commit(String revision) {
    return ask("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}");
  }

  boolean isRepository() {
    return ask("rev-parse", "--git-dir").isPresent();
  }

  /** Whether a tracked file differs from the last commit. */
  boolean isDirty() {
    return !ask("status", "--porcelain", "--untracked-files=no").orElse("").isEmpty();
  }

  /** Checks a commit out into a folder of its own, which must not exist. */
  boolean checkOut(String commit, Path folder) {
    return ask("worktree", "add", "--detach", "--force", folder.toString(), commit).isPresent();
  }

  void removeCheckout(Path folder) {
    ask("worktree", "remove", "--force", folder.toString());
  }

  private Optional<String> ask(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-C", root.toString()));
    command.addAll(List.of(arguments));
    Subprocess git = new Subprocess(command, log);
    return git.run(null, Map.of()) == 0 ? Optional.of(git.output().strip()) : Optional.empty();
  }
}
