package dev.lanewise.jmh.peers;

/** A library that multiplies matrices. */
interface Library {
  /** Makes a product ready, with its own number of threads, on the thread that will compute. */
  @FunctionalInterface
  interface Opener {
    Product open(Problem problem);
  }

  Opener opener();

  /** Whether it needs C2 to be done before it is measured. */
  boolean isJava();
}
