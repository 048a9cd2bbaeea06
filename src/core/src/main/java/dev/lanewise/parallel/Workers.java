package dev.lanewise.parallel;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A pool of daemon threads that stay alive between parallel regions: an idle thread spins for some
 * microseconds before it parks, so a region that follows soon starts at once. The calling thread
 * works along; a pool of one thread is the calling thread alone.
 *
 * <p>Re-entrant and safe for many callers: a region that begins while another one runs, from inside
 * the pool or from any other thread (virtual ones too), is computed by its caller alone. Nothing is
 * allocated per region. An interrupt of the caller is neither lost nor obeyed: the region runs to
 * its end.
 */
public final class Workers implements AutoCloseable {
  /** The work of a region on one block: must give the same result however the range is split. */
  @FunctionalInterface
  public interface Task {
    /** Computes the units {@code [begin, end)}. */
    void run(long begin, long end);
  }

  /** The property that sets the number of threads of the shared pool. */
  public static final String PROPERTY = "lanewise.threads";

  /**
   * Long enough to bridge the gap between two kernels of a training step, short enough to leave an
   * idle core idle.
   */
  private static final long SPIN_NANOS = 50_000;

  private static final int SPINS_PER_CLOCK_READ = 64;

  /**
   * Elements from one counter to the next: two lines of 64 bytes, which processors fetch together.
   */
  private static final int LINES = 16;

  private static final int COUNT_BITS = 20;
  private static final int REGION_SHIFT = 2 * COUNT_BITS;
  private static final int COUNT = (1 << COUNT_BITS) - 1;

  private final Worker[] workers;
  private final boolean shared;
  private volatile boolean closed;

  /** Held by the caller whose region the pool computes. */
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * Three counters, each in cache lines of its own: threads that wait for the next region read one
   * while those that work change another.
   */
  private final AtomicLongArray counters = new AtomicLongArray(4 * LINES);

  /**
   * The word of {@link #counters} from which blocks are taken: the number of the region, its
   * blocks, and how many were taken (upper 24 bits, 20, 20). To take one is to add 1, so threads
   * that come together do not send each other away. Whether there was a block stands in this word
   * alone: a thread that comes late and compared with a field of its own region would read the
   * field of the next one, which is written before the next region is published. The operands are
   * read after a block was taken, and a region cannot end before each block that was taken has been
   * counted in {@link #FINISHED}.
   */
  private static final int CLAIM = LINES;

  /** The word that counts the blocks that are done. */
  private static final int FINISHED = 2 * LINES;

  /** The word that is not 0 when a block has failed. */
  private static final int FAILED = 3 * LINES;

  // Written by the caller before it publishes the region through CLAIM.
  private @Nullable Task task;
  private long n;
  private long blockSize;
  private int blocks;

  // Written once per region by the thread that set FAILED, read by the caller after the last
  // block was counted.
  private @Nullable Throwable failure;

  private Workers(int threads, boolean shared) {
    this.shared = shared;
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker("lanewise-worker-" + (i + 1));
    }
    for (Worker worker : workers) {
      worker.start();
    }
  }

  /**
   * The pool of this JVM: {@code -Dlanewise.threads} threads, by default one per processor. Made at
   * the first call; it lives as long as the JVM.
   */
  public static Workers shared() {
    return Shared.INSTANCE;
  }

  /** A pool of its own, to be closed by its owner. */
  public static Workers of(int threads) {
    if (threads < 1 || threads > 1024) {
      throw new IllegalArgumentException("threads = " + threads + ": want 1 to 1024");
    }
    return new Workers(threads, false);
  }

  /** Threads that compute a region, the calling one among them. */
  public int threads() {
    return workers.length + 1;
  }

  /**
   * Computes {@code task} over {@code [0, n)} in blocks that are multiples of {@code grain}, the
   * last one aside, and returns when all of it is done. With one block, one thread or a pool that
   * is busy the caller computes all of it.
   *
   * @throws IllegalStateException if this pool was closed
   * @throws RuntimeException whatever the first failing block threw; blocks not begun by then are
   *     left out
   */
  public void run(long n, long grain, Task task) {
    if (closed) {
      throw new IllegalStateException("these workers are closed");
    }
    long size = Partition.blockSize(n, grain, threads());
    if (n <= size || !busy.compareAndSet(false, true)) {
      if (n > 0) {
        task.run(0, n);
      }
      return;
    }
    try {
      runRegion(n, size, task);
    } finally {
      busy.set(false);
    }
  }

  private void runRegion(long n, long size, Task task) {
    this.task = task;
    this.n = n;
    blockSize = size;
    blocks = Math.toIntExact(Math.ceilDiv(n, size));
    counters.set(FINISHED, 0);
    counters.set(FAILED, 0);
    failure = null;
    long region = region(counters.get(CLAIM)) + 1;
    counters.set(CLAIM, (region << REGION_SHIFT) | ((long) blocks << COUNT_BITS));
    wake(blocks - 1);
    work();
    awaitLastBlock();
    this.task = null;
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      throw Workers.<RuntimeException>asUnchecked(thrown);
    }
  }

  /** Wakes as many threads as are wanted beside those that are awake: each costs a system call. */
  private void wake(int wanted) {
    int missing = wanted;
    for (Worker worker : workers) {
      if (!worker.parked) {
        missing--;
      }
    }
    for (int i = 0; i < workers.length && missing > 0; i++) {
      if (workers[i].parked) {
        LockSupport.unpark(workers[i]);
        missing--;
      }
    }
  }

  /** Takes blocks, of whichever region is the present one, until there is none left. */
  private void work() {
    while (left(counters.get(CLAIM)) > 0) {
      long claimed = counters.getAndIncrement(CLAIM);
      if (left(claimed) > 0) {
        runBlock((int) claimed & COUNT);
      }
    }
  }

  private static long region(long claim) {
    return claim >>> REGION_SHIFT;
  }

  /** Blocks that nobody has taken yet; below 0 after threads that came late. */
  private static int left(long claim) {
    return ((int) (claim >>> COUNT_BITS) & COUNT) - ((int) claim & COUNT);
  }

  private void runBlock(int block) {
    try {
      Task work = task;
      if (work != null && counters.get(FAILED) == 0) {
        long begin = block * blockSize;
        work.run(begin, begin + Math.min(blockSize, n - begin));
      }
    } catch (Throwable thrown) {
      if (counters.compareAndSet(FAILED, 0, 1)) {
        failure = thrown;
      }
    } finally {
      counters.getAndIncrement(FINISHED);
    }
  }

  /**
   * A block can be in the hands of a thread that lost its processor: spin first, then leave the
   * processor to it.
   */
  @SuppressWarnings("ThreadPriorityCheck") // a hint to the scheduler, nothing relies on it
  private void awaitLastBlock() {
    int spins = 0;
    while (counters.get(FINISHED) < blocks) {
      if (++spins < 10_000) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E asUnchecked(Throwable thrown) throws E {
    throw (E) thrown;
  }

  /** Ends the threads of this pool. The shared pool cannot be closed. */
  @Override
  public void close() {
    if (shared) {
      throw new IllegalStateException("the shared workers live as long as the JVM");
    }
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
  }

  private final class Worker extends Thread {
    private volatile boolean parked;

    Worker(String name) {
      super(null, null, name, 0, false);
      setDaemon(true);
    }

    @Override
    public void run() {
      long seen = 0;
      while (!closed) {
        seen = awaitRegionAfter(seen);
        work();
      }
    }

    private long awaitRegionAfter(long seen) {
      long deadline = System.nanoTime() + SPIN_NANOS;
      for (int spins = 0; ; spins++) {
        long region = region(counters.get(CLAIM));
        if (region != seen || closed) {
          return region;
        }
        if (spins % SPINS_PER_CLOCK_READ != 0 || System.nanoTime() < deadline) {
          Thread.onSpinWait();
          continue;
        }
        parked = true;
        // Whoever publishes a region after this line sees `parked`; whoever did before is seen
        // here.
        if (region(counters.get(CLAIM)) == seen && !closed) {
          LockSupport.park(Workers.this);
        }
        // An interrupt left behind by a task would make every later park return at once.
        Thread.interrupted();
        parked = false;
      }
    }
  }

  private static final class Shared {
    static final Workers INSTANCE = new Workers(threadCount(System.getProperty(PROPERTY)), true);

    private static int threadCount(@Nullable String property) {
      if (property == null) {
        return Runtime.getRuntime().availableProcessors();
      }
      try {
        int threads = Integer.parseInt(property.strip());
        if (threads >= 1 && threads <= 1024) {
          return threads;
        }
      } catch (NumberFormatException notANumber) {
        // Falls through to the one error that says what is wanted.
      }
      throw new IllegalArgumentException(
          "-D" + PROPERTY + "=" + property + " is not a thread count: want 1 to 1024");
    }
  }
}
