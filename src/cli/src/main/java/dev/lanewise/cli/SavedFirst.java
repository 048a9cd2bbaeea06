package dev.lanewise.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Holds up the end of the JVM (Ctrl-C, SIGTERM) until a training has stopped and its files are
 * written. Between {@link #close} and the end of the JVM nothing is held up any more.
 */
final class SavedFirst implements AutoCloseable {
  private final CountDownLatch saved = new CountDownLatch(1);
  private final Thread hook;

  /** From now on the end of the JVM calls {@code stop} and waits for {@link #close}. */
  SavedFirst(Runnable stop) {
    hook =
        new Thread(
            () -> {
              stop.run();
              awaitSaved();
            },
            "lanewise-save-first");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void awaitSaved() {
    try {
      saved.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** All is written, or nothing can be any more. */
  @Override
  public void close() {
    saved.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException alreadyEnding) {
      // The hook is running and has just been let go.
    }
  }
}
