package dev.lanewise.io.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Batches that threads of its own prepare while the training takes its steps. They come in the
 * order of their numbers, and what is in batch k is for its {@link Filler} to say, a function of k:
 * so a training sees the same batches for any number of threads and any timing, and begins with any
 * number when it goes on.
 *
 * <p>The memory is the caller's: a ring of batches, of which one is in the hands of the training
 * and the others are being filled or wait. No batch is filled further ahead than the ring is long.
 *
 * <pre>{@code
 * ShuffledOrder order = new ShuffledOrder(seed, images.count());
 * try (DataLoader<Batch> batches =
 *     DataLoader.of(ring, step, 2, (batch, number) -> batch.fill(images, order, number))) {
 *   while (training) {
 *     step(batches.next());
 *   }
 * }
 * }</pre>
 *
 * @param <B> a batch
 */
public final class DataLoader<B> implements AutoCloseable {
  private final List<B> ring;
  private final Filler<? super B> filler;
  private final List<Thread> threads = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private final Condition freed = lock.newCondition();

  // All below are guarded by the lock.

  /** By place in the ring: whether the batch that belongs there is ready or has failed. */
  private final boolean[] done;

  private final @Nullable Throwable[] failures;

  /** The next one that a thread begins with. */
  private long nextToFill;

  /** The next one for the caller. */
  private long nextToGive;

  /** Those below may be overwritten. */
  private long given;

  private boolean failed;
  private boolean closed;

  /**
   * Prepares a batch. Called by several threads at a time, each with another batch.
   *
   * @param <B> a batch
   */
  @FunctionalInterface
  public interface Filler<B> {
    /**
     * Overwrites a batch.
     *
     * @param batch of the ring, nobody else's for now
     * @param number of the batch, from 0 on; what is written depends on nothing else
     * @throws Exception whatever is wrong, {@link DataLoader#next} tells the caller
     */
    void fill(B batch, long number) throws Exception;
  }

  private DataLoader(List<B> ring, long first, Filler<? super B> filler) {
    this.ring = List.copyOf(ring);
    this.filler = filler;
    done = new boolean[ring.size()];
    failures = new Throwable[ring.size()];
    nextToFill = first;
    nextToGive = first;
    given = first;
  }

  /**
   * Starts the threads.
   *
   * @param ring the memory: at least two batches, of which each is another
   * @param first number of the batch to begin with, 0 or more
   * @param threads that fill batches, at least 1; more than the ring is long less one have nothing
   *     to do
   */
  public static <B> DataLoader<B> of(
      List<B> ring, long first, int threads, Filler<? super B> filler) {
    if (ring.size() < 2) {
      throw new IllegalArgumentException(
          "a ring of "
              + ring.size()
              + " batches: at least 2 are wanted, one to use and one to fill");
    }
    if (first < 0 || threads < 1) {
      throw new IllegalArgumentException(
          "a loader of "
              + threads
              + " threads that begins with batch "
              + first
              + ": want at least 1 thread, and 0 or more");
    }
    DataLoader<B> loader = new DataLoader<>(ring, first, filler);
    loader.start(threads);
    return loader;
  }

  private void start(int count) {
    for (int i = 0; i < count; i++) {
      threads.add(
          Thread.ofPlatform().daemon().name("lanewise-loader-" + i).unstarted(this::fillBatches));
    }
    threads.forEach(Thread::start);
  }

  /** What a thread does, to its end. */
  private void fillBatches() {
    while (true) {
      long number = claim();
      if (number < 0) {
        return;
      }
      Throwable failure = null;
      try {
        filler.fill(ring.get(place(number)), number);
      } catch (Throwable thrown) {
        failure = thrown;
      }
      finish(number, failure);
    }
  }

  /** The number of a batch whose memory is free, once there is one; -1 at the end. */
  private long claim() {
    lock.lock();
    try {
      while (!closed && !failed && nextToFill - given >= ring.size()) {
        freed.awaitUninterruptibly();
      }
      return closed || failed ? -1 : nextToFill++;
    } finally {
      lock.unlock();
    }
  }

  private void finish(long number, @Nullable Throwable failure) {
    lock.lock();
    try {
      done[place(number)] = true;
      failures[place(number)] = failure;
      if (failure != null) {
        // None behind this one will be asked for; those before it are already begun.
        failed = true;
        freed.signalAll();
      }
      filled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private int place(long number) {
    return (int) (number % ring.size());
  }

  /**
   * The next batch, waited for if need be; it is the caller's until the next call of this method or
   * of {@link #close}. Takes no notice of interrupts.
   *
   * @throws FailedBatchException if its filler has thrown, now and at every further call: the same
   *     batch fails for any number of threads
   * @throws IllegalStateException if the loader is closed, before or meanwhile
   */
  public B next() {
    lock.lock();
    try {
      if (given < nextToGive) {
        done[place(given)] = false;
        given++;
        freed.signal();
      }
      int place = place(nextToGive);
      while (!closed && !done[place]) {
        filled.awaitUninterruptibly();
      }
      if (closed) {
        throw new IllegalStateException("this loader is closed: it has no batches any more");
      }
      Throwable failure = failures[place];
      if (failure != null) {
        throw new FailedBatchException(nextToGive, failure);
      }
      nextToGive++;
      return ring.get(place);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the threads, with an interrupt for a filler that is at work, and waits for them: behind
   * this call nobody touches the batches of the ring. Not to be called by a filler.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      freed.signalAll();
      filled.signalAll();
    } finally {
      lock.unlock();
    }
    threads.forEach(Thread::interrupt);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException later) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
