package dev.lanewise.jmh.peers;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;

/**
 * A native library from the class path, opened with its symbols kept to itself.
 *
 * <p>Operands are passed as plain addresses: nothing is checked or held alive on the way, as a C
 * program would call.
 */
public final class NativeLibrary {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final int LONGEST_TEXT = 1000;

  private final Path file;
  private final SymbolLookup symbols;

  private NativeLibrary(Path file, SymbolLookup symbols) {
    this.file = file;
    this.symbols = symbols;
  }

  /**
   * The first of the files; the others are put into the same folder, where it looks for them.
   *
   * @param preset folder below org/bytedeco
   */
  public static NativeLibrary open(String preset, String file, String... companions) {
    for (String companion : companions) {
      extract(preset, companion);
    }
    return open(extract(preset, file).toPath());
  }

  @SuppressWarnings("restricted")
  static NativeLibrary open(Path file) {
    return new NativeLibrary(file, SymbolLookup.libraryLookup(file, Arena.global()));
  }

  /** Where it was put. */
  Path file() {
    return file;
  }

  private static File extract(String preset, String file) {
    String resource = "/org/bytedeco/" + preset + "/" + Loader.getPlatform() + "/" + file;
    try {
      File extracted = Loader.cacheResource(NativeLibrary.class, resource);
      if (extracted == null) {
        throw new IllegalStateException("not on the class path: " + resource);
      }
      return extracted;
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }

  public MethodHandle function(String name, FunctionDescriptor type) {
    return link(name, type);
  }

  /**
   * A function that is called without the thread leaving the Java state: some nanoseconds less a
   * call, for which the others wait for it at a safepoint. The benchmarks call all native products
   * so.
   */
  public MethodHandle criticalFunction(String name, FunctionDescriptor type) {
    return link(name, type, Linker.Option.critical(false));
  }

  @SuppressWarnings("restricted")
  private MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(symbols.findOrThrow(name), type, options);
  }

  /** A text that C code returned. */
  @SuppressWarnings("restricted")
  static String text(MemorySegment pointer) {
    return pointer.reinterpret(LONGEST_TEXT).getString(0);
  }

  /** What a call through a method handle threw: no function of C throws anything. */
  static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a call of a native function failed", thrown);
  }
}
