package dev.lanewise.autograd.diagnosis;

import dev.lanewise.autograd.Tape;
import java.util.List;
import java.util.Objects;

/** Finds the line of the user's code that an op was called from. */
final class Callers {
  /** What stands between an op and the code that has called it. */
  private static final List<String> LIBRARY = List.of("dev.lanewise.autograd", "dev.lanewise.nn");

  private static final StackWalker STACK =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  private Callers() {}

  /** As a line of a stack trace; empty if all callers are the library's. */
  static String nearest() {
    return STACK.walk(
        frames ->
            frames
                .filter(frame -> !isLibrary(frame.getDeclaringClass()))
                .findFirst()
                .map(frame -> frame.toStackTraceElement().toString())
                .orElse(""));
  }

  /** Of these packages, and from where the library was loaded from: a test in them is a user. */
  private static boolean isLibrary(Class<?> type) {
    String name = type.getPackageName();
    return Objects.equals(type.getProtectionDomain(), Tape.class.getProtectionDomain())
        && LIBRARY.stream().anyMatch(name::startsWith);
  }
}
