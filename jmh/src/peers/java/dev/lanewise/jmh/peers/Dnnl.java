package dev.lanewise.jmh.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * oneDNN: a matmul primitive made once over memory objects at the operands, in floats. On
 * processors it has no products of doubles.
 */
final class Dnnl {
  private static final NativeLibrary LIBRARY =
      NativeLibrary.open("dnnl", "libdnnl.so.3", "libgomp.so.1");

  private static final MethodHandle EXECUTE =
      LIBRARY.criticalFunction(
          "dnnl_primitive_execute",
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG));

  // Values of the enumerations in dnnl_types.h.
  private static final int CPU = 1;
  private static final int IN_ORDER = 1;
  private static final int F32 = 3;
  private static final int SOURCE = 1;
  private static final int DESTINATION = 17;
  private static final int WEIGHTS = 33;
  private static final int IMPLEMENTATION = 8;

  private Dnnl() {}

  static Product sgemm(Problem problem) {
    try {
      return prepare(problem);
    } catch (Throwable thrown) {
      throw NativeLibrary.unexpected(thrown);
    }
  }

  /** The handles live as long as the fork. */
  private static Product prepare(Problem problem) throws Throwable {
    LIBRARY
        .function("omp_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT))
        .invokeExact(problem.threads());
    int m = problem.m();
    int n = problem.n();
    int k = problem.k();
    MemorySegment engine = Arena.global().allocate(ADDRESS);
    require(
        "engine",
        (int)
            LIBRARY
                .function(
                    "dnnl_engine_create",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG))
                .invokeExact(engine, CPU, 0L));
    MemorySegment stream = Arena.global().allocate(ADDRESS);
    require(
        "stream",
        (int)
            LIBRARY
                .function(
                    "dnnl_stream_create",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT))
                .invokeExact(stream, pointer(engine), IN_ORDER));
    MemorySegment descA = describe(m, k, problem.transA());
    MemorySegment descB = describe(k, n, problem.transB());
    MemorySegment descC = describe(m, n, false);
    MemorySegment description = Arena.global().allocate(ADDRESS);
    require(
        "matmul",
        (int)
            LIBRARY
                .function(
                    "dnnl_matmul_primitive_desc_create",
                    FunctionDescriptor.of(
                        JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS))
                .invokeExact(
                    description,
                    pointer(engine),
                    descA,
                    descB,
                    MemorySegment.NULL,
                    descC,
                    MemorySegment.NULL));
    MemorySegment primitive = Arena.global().allocate(ADDRESS);
    require(
        "primitive",
        (int)
            LIBRARY
                .function(
                    "dnnl_primitive_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS))
                .invokeExact(primitive, pointer(description)));
    print(pointer(description), problem.threads());

    int count = 3;
    MemorySegment arguments =
        Arena.global()
            .allocate(
                MemoryLayout.sequenceLayout(
                    count,
                    MemoryLayout.structLayout(
                        JAVA_INT, MemoryLayout.paddingLayout(Integer.BYTES), ADDRESS)));
    putArgument(arguments, 0, SOURCE, memory(descA, pointer(engine), problem.a()));
    putArgument(arguments, 1, WEIGHTS, memory(descB, pointer(engine), problem.b()));
    putArgument(arguments, 2, DESTINATION, memory(descC, pointer(engine), problem.c()));
    long primitiveAddress = pointer(primitive).address();
    long streamAddress = pointer(stream).address();
    long argumentsAddress = arguments.address();
    return () -> {
      try {
        // Without a wait: this stream of a processor has computed when the call returns.
        int status =
            (int) EXECUTE.invokeExact(primitiveAddress, streamAddress, count, argumentsAddress);
        require("product", status);
      } catch (Throwable thrown) {
        throw NativeLibrary.unexpected(thrown);
      }
    };
  }

  private static void print(MemorySegment description, int threads) throws Throwable {
    MemorySegment implementation = Arena.global().allocate(ADDRESS);
    require(
        "name",
        (int)
            LIBRARY
                .function(
                    "dnnl_primitive_desc_query",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS))
                .invokeExact(description, IMPLEMENTATION, 0, implementation));
    System.out.println(
        "oneDNN matmul " + NativeLibrary.text(pointer(implementation)) + ", threads " + threads);
  }

  private static MemorySegment describe(int rows, int columns, boolean transposed)
      throws Throwable {
    MemorySegment descriptor = Arena.global().allocate(ADDRESS);
    MemorySegment sizes = Arena.global().allocateFrom(JAVA_LONG, rows, columns);
    MemorySegment strides =
        Arena.global().allocateFrom(JAVA_LONG, transposed ? 1 : columns, transposed ? rows : 1);
    require(
        "descriptor",
        (int)
            LIBRARY
                .function(
                    "dnnl_memory_desc_create_with_strides",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS))
                .invokeExact(descriptor, 2, sizes, F32, strides));
    return pointer(descriptor);
  }

  private static MemorySegment memory(
      MemorySegment descriptor, MemorySegment engine, MemorySegment data) throws Throwable {
    MemorySegment memory = Arena.global().allocate(ADDRESS);
    require(
        "memory",
        (int)
            LIBRARY
                .function(
                    "dnnl_memory_create",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS))
                .invokeExact(memory, descriptor, engine, data));
    return pointer(memory);
  }

  private static void putArgument(
      MemorySegment arguments, int index, int role, MemorySegment memory) {
    long at = 2L * index * ADDRESS.byteSize();
    arguments.set(JAVA_INT, at, role);
    arguments.set(ADDRESS, at + ADDRESS.byteSize(), memory);
  }

  private static MemorySegment pointer(MemorySegment holder) {
    return holder.get(ADDRESS, 0);
  }

  private static void require(String what, int status) {
    if (status != 0) {
      throw new IllegalStateException("oneDNN refuses the " + what + ": status " + status);
    }
  }
}
