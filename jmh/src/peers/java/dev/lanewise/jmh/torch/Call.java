package dev.lanewise.jmh.torch;

/** One run of an operation over its operands. */
@FunctionalInterface
interface Call {
  void run() throws Throwable;
}
