package dev.lanewise.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Huge pages for the mappings of a slab, where the system allows.
 *
 * <p>{@code -XX:+UseTransparentHugePages} does nothing for arenas, and {@code Arena.allocate}
 * touches every page before {@code madvise} could act on it. So where native access is allowed, on
 * Linux, a slab maps its memory itself ({@code mmap}, {@code madvise(MADV_HUGEPAGE)}, {@code
 * munmap} on close), all three called through the JDK's linker. To allow it start java with {@code
 * --enable-native-access=ALL-UNNAMED} (class path) or {@code --enable-native-access=dev.lanewise}
 * (module path). Without the flag no restricted method is called, so the JVM has nothing to warn
 * of, and the memory comes from the arena on small pages: everything works, a few per cent slower.
 */
public final class HugePages {
  /** Size and alignment of a huge page on x86-64, and on AArch64 with 4 KiB pages. */
  static final long BYTES = 2L << 20;

  private static final Path SETTING = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

  // Constants of the Linux headers; the same on the three architectures of ARCHITECTURES, not on
  // all that Linux knows.
  private static final Set<String> ARCHITECTURES = Set.of("amd64", "aarch64", "riscv64");
  private static final int PROT_READ_WRITE = 0x1 | 0x2;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
  private static final int MADV_HUGEPAGE = 14;
  private static final long MAP_FAILED = -1;

  private HugePages() {}

  /** Whether slabs ask the system for huge pages, and the system may grant them. */
  public static boolean available() {
    return canMap() && systemGrants();
  }

  /** One sentence: whether huge pages are in use, and what to do where they are not. */
  public static String advice() {
    if (!platformKnown()) {
      return "huge pages are asked for on 64-bit Linux alone";
    }
    if (!nativeAccess()) {
      return "huge pages are off: start java with --enable-native-access="
          + (HugePages.class.getModule().isNamed()
              ? HugePages.class.getModule().getName()
              : "ALL-UNNAMED");
    }
    if (!systemGrants()) {
      return "huge pages are off in the system: write madvise or always to " + SETTING;
    }
    return "huge pages are asked for by every slab of " + MemoryBudget.text(BYTES) + " or more";
  }

  /**
   * Whether {@link #map} may be called: a platform whose constants are known, and native access
   * without a warning.
   */
  static boolean canMap() {
    return platformKnown() && nativeAccess() && Calls.INSTANCE != null;
  }

  /**
   * Fresh zeroed memory of the system's, unmapped when the arena closes, on huge pages if the
   * system grants them. The pages come into being at the first touch, on the thread that touches
   * them.
   *
   * @param bytes a multiple of the page size
   * @param alignment a power of two, at least the page size
   * @throws OutOfMemoryError if the system has no room for the mapping
   */
  @SuppressWarnings("restricted")
  static MemorySegment map(Arena arena, long bytes, long alignment) {
    Calls calls = Calls.INSTANCE;
    if (calls == null) {
      throw new IllegalStateException("memory cannot be mapped here: ask canMap() first");
    }
    long mappedBytes = Math.addExact(bytes, alignment);
    long base = calls.mmap(mappedBytes);
    if (base == MAP_FAILED) {
      throw new OutOfMemoryError("the system has no room to map " + MemoryBudget.text(bytes));
    }
    try {
      long start = (base + alignment - 1) & -alignment;
      if (alignment >= BYTES) {
        // A refusal leaves small pages, which are as right as huge ones.
        calls.adviseHugePages(start, bytes);
      }
      return MemorySegment.ofAddress(start)
          .reinterpret(bytes, arena, segment -> calls.munmap(base, mappedBytes));
    } catch (Throwable failure) {
      calls.munmap(base, mappedBytes);
      throw failure;
    }
  }

  private static boolean platformKnown() {
    return System.getProperty("os.name", "").equals("Linux")
        && ARCHITECTURES.contains(System.getProperty("os.arch", ""));
  }

  private static boolean nativeAccess() {
    return HugePages.class.getModule().isNativeAccessEnabled();
  }

  private static boolean systemGrants() {
    try {
      return !Files.readString(SETTING).contains("[never]");
    } catch (IOException | SecurityException noSetting) {
      return false;
    }
  }

  /**
   * The three system calls; a class of its own so that nothing is linked before native access is
   * known to be allowed.
   */
  private record Calls(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
    static final @Nullable Calls INSTANCE = link();

    @SuppressWarnings("restricted")
    private static @Nullable Calls link() {
      Linker linker = Linker.nativeLinker();
      var mmap = linker.defaultLookup().find("mmap");
      var munmap = linker.defaultLookup().find("munmap");
      var madvise = linker.defaultLookup().find("madvise");
      if (mmap.isEmpty() || munmap.isEmpty() || madvise.isEmpty()) {
        return null;
      }
      return new Calls(
          linker.downcallHandle(
              mmap.get(),
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG)),
          linker.downcallHandle(
              munmap.get(), FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG)),
          linker.downcallHandle(
              madvise.get(), FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT)));
    }

    long mmap(long bytes) {
      try {
        return (long) mmap.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
      } catch (Throwable failure) {
        throw new AssertionError(failure);
      }
    }

    void munmap(long base, long bytes) {
      try {
        int ignored = (int) munmap.invokeExact(base, bytes);
      } catch (Throwable failure) {
        throw new AssertionError(failure);
      }
    }

    void adviseHugePages(long start, long bytes) {
      try {
        int ignored = (int) madvise.invokeExact(start, bytes, MADV_HUGEPAGE);
      } catch (Throwable failure) {
        throw new AssertionError(failure);
      }
    }
  }
}
