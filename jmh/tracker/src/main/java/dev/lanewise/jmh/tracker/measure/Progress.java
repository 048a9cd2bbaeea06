package dev.lanewise.jmh.tracker.measure;

/** How a run shows that it goes on. */
public interface Progress extends AutoCloseable {
  /** There is more to do than was said so far. */
  void expect(int moreSteps);

  /** One step is done, or turned out not to be needed. */
  void step(String what);

  @Override
  void close();

  /** For whoever does not watch. */
  static Progress silent() {
    return new Progress() {
      @Override
      public void expect(int moreSteps) {}

      @Override
      public void step(String what) {}

      @Override
      public void close() {}
    };
  }
}
