package dev.lanewise.memory;

import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How much off-heap memory the slabs of this process may take together, and who holds it.
 *
 * <p>The JVM bounds direct buffers alone ({@code MaxDirectMemorySize}), not arenas: without a
 * budget the first sign of too large a model would be the system's out-of-memory killer. The limit
 * is {@value #PROPERTY} (plain bytes, or with one of the suffixes {@code k m g t}), by default
 * three quarters of the memory that the container or the machine has.
 */
public class MemoryBudget {
  /**
   * Name of the system property with the limit, such as {@code 512m}, {@code 8g} or plain bytes.
   */
  public static final String PROPERTY = "lanewise.memoryBudget";

  private static final int OWNERS_NAMED = 5;

  private static @Nullable MemoryBudget global;

  private final long limitBytes;
  private final Map<String, Long> bytesByOwner = new TreeMap<>();
  private long usedBytes;

  MemoryBudget(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /**
   * The budget of this process.
   *
   * @throws IllegalArgumentException if {@value #PROPERTY} is set to something that is not a size
   */
  public static synchronized MemoryBudget global() {
    MemoryBudget budget = global;
    if (budget == null) {
      budget = new MemoryBudget(configuredLimit(System.getProperty(PROPERTY)));
      global = budget;
    }
    return budget;
  }

  /** The most that may be reserved, in bytes. */
  public long limitBytes() {
    return limitBytes;
  }

  /** What is reserved now, in bytes. */
  public synchronized long usedBytes() {
    return usedBytes;
  }

  /** Reserved bytes by name of the slab, a copy; slabs of one name are counted together. */
  public synchronized Map<String, Long> bytesByOwner() {
    return new TreeMap<>(bytesByOwner);
  }

  /**
   * Takes {@code bytes} for {@code owner}, or throws and leaves everything as it was.
   *
   * @throws OffHeapBudgetException if less than that is left
   */
  public synchronized void charge(String owner, long bytes) {
    if (bytes > limitBytes - usedBytes) {
      throw new OffHeapBudgetException(
          String.format(
              Locale.ROOT,
              "\"%s\" asks for %s, but %s of the off-heap budget of %s are taken%s:"
                  + " close a slab, ask for less or raise -D%s",
              owner,
              text(bytes),
              text(usedBytes),
              text(limitBytes),
              largestOwners(),
              PROPERTY));
    }
    usedBytes += bytes;
    bytesByOwner.merge(owner, bytes, Long::sum);
  }

  /** Gives {@code bytes} of {@code owner} back. */
  public synchronized void release(String owner, long bytes) {
    long left = Objects.requireNonNullElse(bytesByOwner.get(owner), 0L) - bytes;
    if (left < 0) {
      throw new IllegalStateException(
          "\"" + owner + "\" gives back " + bytes + " bytes, " + -left + " more than it holds");
    }
    usedBytes -= bytes;
    if (left == 0) {
      bytesByOwner.remove(owner);
    } else {
      bytesByOwner.put(owner, left);
    }
  }

  private String largestOwners() {
    if (bytesByOwner.isEmpty()) {
      return "";
    }
    return bytesByOwner.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
        .limit(OWNERS_NAMED)
        .map(owner -> "\"" + owner.getKey() + "\" " + text(owner.getValue()))
        .collect(Collectors.joining(", ", " (largest: ", ")"));
  }

  /** The limit for a value of the property; without one, three quarters of the memory there is. */
  static long configuredLimit(@Nullable String value) {
    if (value == null) {
      var system =
          (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      return system.getTotalMemorySize() / 4 * 3;
    }
    String digits = value.strip().toLowerCase(Locale.ROOT);
    int suffix = digits.isEmpty() ? -1 : "kmgt".indexOf(digits.charAt(digits.length() - 1));
    if (suffix >= 0) {
      digits = digits.substring(0, digits.length() - 1);
    }
    try {
      // A sign is text that parseLong takes and a size does not have.
      if (!digits.isEmpty() && Character.isDigit(digits.charAt(0))) {
        long bytes = Math.multiplyExact(Long.parseLong(digits), 1L << (10 * (suffix + 1)));
        if (bytes > 0) {
          return bytes;
        }
      }
    } catch (NumberFormatException | ArithmeticException notASize) {
      // Answered below, as all that is not a size.
    }
    throw new IllegalArgumentException(
        "-D"
            + PROPERTY
            + "="
            + value
            + " is not a size: give bytes above 0, or a number with k, m, g or t such as 8g");
  }

  /** Bytes in the largest unit that leaves a number of at least 1. */
  static String text(long bytes) {
    int unit = bytes < 1024 ? 0 : (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    String[] names = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    return unit == 0
        ? bytes + " B"
        : String.format(Locale.ROOT, "%.1f %s", (double) bytes / (1L << (10 * unit)), names[unit]);
  }
}
