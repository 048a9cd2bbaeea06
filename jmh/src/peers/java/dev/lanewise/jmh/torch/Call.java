package dev.lanewise.jmh.torch;

/** One run of an operation over its operands. */
@FunctionalInterface
public interface Call {
  /** Runs it. */
  void run() throws Throwable;
}
