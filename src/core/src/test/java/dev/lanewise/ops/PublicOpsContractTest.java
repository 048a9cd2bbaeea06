package dev.lanewise.ops;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.ops.PublicOp.Operand;
import dev.lanewise.ops.reduce.ColumnNorm;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.Lanes;
import dev.lanewise.testing.AllocatedBytes;
import dev.lanewise.testing.AwkwardSizes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every public op alike, on arrays and on segments. */
class PublicOpsContractTest {
  static Stream<PublicOp> ops() {
    return PublicOps.OPS.stream();
  }

  private static int[][] sizes(PublicOp op) {
    int[] lengths = AwkwardSizes.lengths();
    if (op.elementwise()) {
      return IntStream.of(lengths).mapToObj(n -> new int[] {1, n}).toArray(int[][]::new);
    }
    return IntStream.of(lengths)
        .filter(n -> n > 0)
        .boxed()
        .flatMap(n -> Stream.of(new int[] {1, n}, new int[] {5, n}))
        .toArray(int[][]::new);
  }

  @Test
  void everyPublicMethodOfTheRoomsIsInTheTable() throws IOException, URISyntaxException {
    Path classes = Path.of(Lanes.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    TreeSet<String> ops = new TreeSet<>();
    TreeSet<String> kernels = new TreeSet<>();
    for (String room : PublicOps.ROOMS) {
      methods(classes, "ops." + room, room, ops);
      methods(classes, "kernel." + room + ".segments", room, kernels);
    }
    assertEquals(kernels, ops);
    ops.removeIf(name -> PublicOps.BY_HAND.stream().anyMatch(name::startsWith));
    assertEquals(ops, ops().map(PublicOp::name).collect(Collectors.toCollection(TreeSet::new)));
  }

  private static void methods(Path classes, String below, String room, Set<String> names)
      throws IOException {
    String type = "dev.lanewise." + below;
    try (Stream<Path> files = Files.list(classes.resolve(type.replace('.', '/')))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString().replace(".class", "");
        for (Method method : load(type + "." + name).getDeclaredMethods()) {
          if (Modifier.isPublic(method.getModifiers())
              && method.getReturnType() == void.class
              && Stream.of(method.getParameterTypes()).anyMatch(MemorySegment.class::equals)) {
            names.add(room + "." + name + "." + method.getName());
          }
        }
      }
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void everyFormGivesTheBitsOfTheKernelAndTouchesNothingElse(PublicOp op) {
    for (int[] size : sizes(op)) {
      int rows = size[0];
      int cols = size[1];
      try (Memory expected = new Memory(op, rows, cols);
          Memory memory = new Memory(op, rows, cols)) {
        op.kernel(expected.segments, rows, cols);
        Object[] exact = memory.exactArrays();
        op.arrays(exact, rows, cols);
        assertArrayEquals(expected.exactArrays(), exact);
        op.ranges(memory.arrays, memory.offsets, rows, cols);
        memory.assertArraysAre(expected, "ranges of arrays");
        op.segments(memory.segments, rows, cols);
        memory.assertSegmentsAre(expected, "segments");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void anyNumberOfThreadsGivesTheSameBits(PublicOp op) {
    int rows = 331;
    int cols = 1021;
    try (Memory expected = new Memory(op, rows, cols)) {
      op.kernel(expected.segments, rows, cols);
      for (int threads : new int[] {1, 2, 3, 7}) {
        try (Workers workers = Workers.of(threads);
            Memory memory = new Memory(op, rows, cols)) {
          op.ranges(memory.arrays, memory.offsets, rows, cols, workers);
          memory.assertArraysAre(expected, threads + " threads on arrays");
          op.segments(memory.segments, rows, cols, workers);
          memory.assertSegmentsAre(expected, threads + " threads on segments");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void anOutputMayBeTheInputThatTheDocumentationNamesAndNoOther(PublicOp op) {
    int rows = 3;
    int cols = 3 * Lanes.F32_LANES + 3;
    for (int output = 0; output < op.operands().size(); output++) {
      if (!op.operands().get(output).written()) {
        continue;
      }
      TreeSet<Integer> allowed = op.aliases(output).collect(Collectors.toCollection(TreeSet::new));
      for (int other = 0; other < op.operands().size(); other++) {
        if (other == output
            || op.operands().get(other).element() != op.operands().get(output).element()) {
          continue;
        }
        try (Memory apart = new Memory(op, rows, cols);
            Memory together = new Memory(op, rows, cols)) {
          if (allowed.contains(other)) {
            copy(apart, output, other);
            together.replace(output, other);
            op.kernel(apart.segments, rows, cols);
            op.ranges(together.arrays, together.offsets, rows, cols);
            op.segments(together.segments, rows, cols);
            byte[] expected = apart.segments[output].toArray(JAVA_BYTE);
            assertArrayEquals(expected, together.segments[other].toArray(JAVA_BYTE));
            assertArrayEquals(together.segmentBytes(other), together.arrayBytes(other));
          } else {
            refusesSharing(op, together, output, other, rows, cols, 0);
          }
          refusesSharing(op, together, output, other, rows, cols, 1);
        }
      }
    }
  }

  private static void copy(Memory memory, int to, int from) {
    memory.segments[to].copyFrom(memory.segments[from]);
  }

  /** The output begins {@code shift} elements behind the start of another operand. */
  private static void refusesSharing(
      PublicOp op, Memory memory, int output, int other, int rows, int cols, int shift) {
    Operand written = op.operands().get(output);
    String names = written.name() + " and " + op.operands().get(other).name() + " share elements";
    String reversed = op.operands().get(other).name() + " and " + written.name();
    int n = Math.max(op.elements(output, rows, cols), op.elements(other, rows, cols)) + shift;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment both = arena.allocate((long) n * written.bytes(), 64);
      Object array = Array.newInstance(written.element(), n);
      MemorySegment[] segments = memory.segments.clone();
      Object[] arrays = memory.arrays.clone();
      int[] offsets = memory.offsets.clone();
      segments[other] = both;
      arrays[other] = array;
      offsets[other] = 0;
      segments[output] = both.asSlice((long) shift * written.bytes());
      arrays[output] = array;
      offsets[output] = shift;
      for (Executable call :
          new Executable[] {
            () -> op.ranges(arrays, offsets, rows, cols),
            () -> op.segments(segments, rows, cols, Workers.shared())
          }) {
        String message = refusal(call);
        assertTrue(message.contains(names) || message.contains(reversed), message);
      }
      assertEquals(-1, both.mismatch(MemorySegment.ofArray(new byte[(int) both.byteSize()])));
    }
  }

  private static String refusal(Executable call) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @ParameterizedTest
  @MethodSource("ops")
  void whatDoesNotFitIsNamedWithBothSidesAndNothingIsWritten(PublicOp op) {
    int rows = 3;
    int cols = 7;
    for (int i = 0; i < op.operands().size(); i++) {
      int operand = i;
      String name = op.operands().get(i).name();
      int n = op.elements(i, rows, cols);
      int bytes = op.operands().get(i).bytes();
      refuses(
          op,
          rows,
          cols,
          memory -> memory.arrays[operand] = Array.newInstance(element(op, operand), n - 1),
          name + " has " + n + " elements from offset " + offset(op, i),
          "room for 0");
      refusesSegment(
          op,
          rows,
          cols,
          memory ->
              memory.segments[operand] = memory.segments[operand].asSlice(0, (n - 1L) * bytes),
          name + " has " + n + " elements",
          "room for " + (n - 1));
      refuses(
          op,
          rows,
          cols,
          memory -> memory.offsets[operand] = -1,
          name + " begins at offset -1",
          "it must be 0 or more");
      refusesSegment(
          op,
          rows,
          cols,
          memory -> memory.segments[operand] = memory.segments[operand].asSlice(1),
          name,
          "not a multiple of " + bytes);
      refusesSegment(
          op,
          rows,
          cols,
          memory -> memory.segments[operand] = MemorySegment.ofArray(new float[n]),
          name + " lies in a heap array",
          "give the array itself");
      if (op.operands().get(i).written()) {
        refusesSegment(
            op,
            rows,
            cols,
            memory -> memory.segments[operand] = memory.segments[operand].asReadOnly(),
            name + " lies in a read-only segment",
            "the result is written to it");
      }
    }
    String size = op.elementwise() ? "n = -7" : "rows = -1";
    refusesRun(op, rows, cols, memory -> op.ranges(memory.arrays, memory.offsets, -1, 7), size);
    refusesRun(
        op, rows, cols, memory -> op.segments(memory.segments, -1, 7, Workers.shared()), size);
  }

  private static Class<?> element(PublicOp op, int operand) {
    return op.operands().get(operand).element();
  }

  private static int offset(PublicOp op, int operand) {
    try (Memory memory = new Memory(op, 1, 1)) {
      return memory.offsets[operand];
    }
  }

  private static void refuses(
      PublicOp op, int rows, int cols, Consumer<Memory> change, String... texts) {
    refusesRun(
        op,
        rows,
        cols,
        memory -> {
          change.accept(memory);
          op.ranges(memory.arrays, memory.offsets, rows, cols);
        },
        texts);
  }

  private static void refusesSegment(
      PublicOp op, int rows, int cols, Consumer<Memory> change, String... texts) {
    refusesRun(
        op,
        rows,
        cols,
        memory -> {
          change.accept(memory);
          op.segments(memory.segments, rows, cols, Workers.shared());
        },
        texts);
  }

  private static void refusesRun(
      PublicOp op, int rows, int cols, Consumer<Memory> run, String... texts) {
    try (Memory untouched = new Memory(op, rows, cols);
        Memory memory = new Memory(op, rows, cols)) {
      Object[] arrays = memory.arrays.clone();
      String message = refusal(() -> run.accept(memory));
      for (String text : texts) {
        assertTrue(message.contains(text), () -> message + " lacks: " + text);
      }
      System.arraycopy(arrays, 0, memory.arrays, 0, arrays.length);
      memory.assertArraysAre(untouched, "after a refusal");
      memory.assertSegmentsAre(untouched, "after a refusal");
    }
  }

  @Test
  void moreRowsThanAnIntCountsAreRefusedWhereTheDocumentationSaysSo() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment none = arena.allocate(0, 64);
      String message = refusal(() -> ColumnNorm.forward(none, none, 1L << 31, 0, Workers.shared()));
      assertTrue(message.contains("rows = 2147483648"), message);
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void operandsTakenWholeNeedTheSameNumberOfElements(PublicOp op) {
    if (!op.elementwise() || op.operands().size() == 1) {
      return;
    }
    String first = op.operands().getFirst().name();
    for (int i = 1; i < op.operands().size(); i++) {
      String both = first + " has 21 elements, " + op.operands().get(i).name() + " has 20";
      try (Memory memory = new Memory(op, 3, 7)) {
        Object[] exact = memory.exactArrays();
        exact[i] = Array.newInstance(element(op, i), 20);
        memory.segments[i] = memory.segments[i].asSlice(0, 20L * op.operands().get(i).bytes());
        assertTrue(refusal(() -> op.arrays(exact, 3, 7)).contains(both));
        assertTrue(refusal(() -> op.segments(memory.segments, 3, 7)).contains(both));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void memoryThatWasClosedOrBelongsToAnotherThreadIsNamed(PublicOp op) throws Exception {
    for (int i = 0; i < op.operands().size(); i++) {
      String name = op.operands().get(i).name();
      try (Memory memory = new Memory(op, 3, 7);
          Arena confined = Arena.ofConfined()) {
        try (Arena closed = Arena.ofShared()) {
          memory.segments[i] = closed.allocate(memory.segments[i].byteSize(), 64);
        }
        assertEquals(
            name + " lies in memory that was closed",
            assertThrows(
                    IllegalStateException.class,
                    () -> op.segments(memory.segments, 3, 7, Workers.shared()))
                .getMessage());
        memory.segments[i] = confined.allocate(memory.segments[i].byteSize(), 64);
        String[] message = new String[1];
        Thread other =
            Thread.ofPlatform()
                .start(
                    () ->
                        message[0] =
                            assertThrows(
                                    WrongThreadException.class,
                                    () -> op.segments(memory.segments, 3, 7, Workers.shared()))
                                .getMessage());
        other.join();
        assertEquals(
            name + " lies in memory confined to another thread: allocate it from a shared arena",
            message[0]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ops")
  void confinedMemoryIsComputedByItsOwner(PublicOp op) {
    int rows = 173;
    int cols = 1021;
    try (Workers workers = Workers.of(3);
        Memory expected = new Memory(op, rows, cols);
        Memory memory = new Memory(op, rows, cols, true)) {
      op.kernel(expected.segments, rows, cols);
      op.segments(memory.segments, rows, cols, workers);
      memory.assertSegmentsAre(expected, "confined");
    }
  }

  @Tag("once")
  @ParameterizedTest
  @MethodSource("ops")
  void nothingIsAllocatedOnOneThreadOrSeveral(PublicOp op) {
    try (Workers workers = Workers.of(2);
        Memory small = new Memory(op, 2, 37);
        Memory large = new Memory(op, 173, 1021)) {
      assertNoBytes(op.bound(small.arrays, small.offsets, 2, 37, workers), 500);
      assertNoBytes(op.bound(small.segments, 2, 37, workers), 500);
      assertNoBytes(op.bound(large.arrays, large.offsets, 173, 1021, workers), 100);
      assertNoBytes(op.bound(large.segments, 173, 1021, workers), 100);
    }
  }

  private static void assertNoBytes(MethodHandle call, int calls) {
    assertEquals(
        0,
        AllocatedBytes.perCall(
            calls,
            calls,
            () -> {
              try {
                call.invokeExact();
              } catch (RuntimeException | Error e) {
                throw e;
              } catch (Throwable e) {
                throw new AssertionError(e);
              }
            }));
  }

  @Test
  void anUnknownProbabilityIsRefused() {
    float[] x = new float[3];
    for (float p : new float[] {-0.1f, 1.1f, Float.NaN}) {
      String message =
          refusal(() -> dev.lanewise.ops.random.Dropout.forward(x, new float[3], p, 1, 2, 3));
      assertEquals("p = " + (double) p + ": it must be from 0 to 1", message);
    }
    assertEquals(0, MemorySegment.ofArray(x).get(JAVA_FLOAT, 0));
  }
}
