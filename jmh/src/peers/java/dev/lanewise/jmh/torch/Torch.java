package dev.lanewise.jmh.torch;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.lanewise.jmh.peers.Libtorch;
import dev.lanewise.jmh.peers.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * The operators of libtorch that write into a tensor which is there, called directly: the binding
 * makes an object for each answer. Tensors are views of our operands.
 *
 * <p>Objects of C++ are passed by address; all of them live until {@link #close}.
 */
public final class Torch implements AutoCloseable {
  private static final NativeLibrary LIBRARY;

  /** {@code std::string_view}, passed by value. */
  private static final MemoryLayout STRING_VIEW =
      MemoryLayout.structLayout(JAVA_LONG.withName("length"), JAVA_LONG.withName("text"));

  static {
    Loader.load(torch.class);
    LIBRARY = NativeLibrary.open("pytorch", "libtorch_cpu.so");
  }

  private final List<Pointer> alive = new ArrayList<>();
  private final Arena arena = Arena.ofShared();

  /** With so many threads for its operators. */
  public Torch(int threads) {
    Libtorch.setThreads(threads);
    // Counts for the thread that computes; it lives until the fork ends.
    alive.add(new AutoGradMode(false));
  }

  /** A view of a segment. */
  public Tensor tensor(MemorySegment data, long... dims) {
    return keep(
        torch.from_blob(
            new Pointer(data.asByteBuffer()), dims, new TensorOptions(torch.ScalarType.Float)));
  }

  /** A vector of indices. */
  public Tensor indices(long[] values) {
    LongPointer data = keep(new LongPointer(values));
    return keep(
        torch.from_blob(
            data, new long[] {values.length}, new TensorOptions(torch.ScalarType.Long)));
  }

  /** An operator of tensors alone, the result last. */
  Call of(String operator, String signature, Tensor... tensors) {
    MemoryLayout[] longs = new MemoryLayout[tensors.length];
    Arrays.fill(longs, JAVA_LONG);
    MethodHandle function =
        LIBRARY.criticalFunction(
            symbol(operator, signature), FunctionDescriptor.of(JAVA_LONG, longs));
    long a = tensors[0].address();
    long b = tensors[1].address();
    if (tensors.length == 2) {
      return () -> answer((long) function.invokeExact(a, b), b);
    }
    long c = tensors[2].address();
    return () -> answer((long) function.invokeExact(a, b, c), c);
  }

  /** y = f(x). */
  Call unary(String operator, Tensor x, Tensor y) {
    return of(operator, "RKNS_6TensorERS2_", x, y);
  }

  /** y = f(a, b). */
  Call binary(String operator, Tensor a, Tensor b, Tensor y) {
    return of(operator, "RKNS_6TensorES4_RS2_", a, b, y);
  }

  /** y = a + b. */
  Call add(Tensor a, Tensor b, Tensor y) {
    MethodHandle function =
        LIBRARY.criticalFunction(
            symbol("add_out", "RKNS_6TensorES4_RKN3c106ScalarERS2_"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    Scalar one = keep(new Scalar(1));
    long first = a.address();
    long second = b.address();
    long alpha = one.address();
    long out = y.address();
    return () -> answer((long) function.invokeExact(first, second, alpha, out), out);
  }

  /** GELU in the form "none" (erf) or "tanh". */
  Call gelu(String form, Tensor x, Tensor y) {
    MethodHandle function =
        LIBRARY.criticalFunction(
            symbol("gelu_out", "RKNS_6TensorESt17basic_string_viewIcSt11char_traitsIcEERS2_"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, STRING_VIEW, JAVA_LONG));
    MemorySegment view = stringView(form);
    long in = x.address();
    long out = y.address();
    return () -> answer((long) function.invokeExact(in, view, out), out);
  }

  /** The gradient of that GELU. */
  Call geluBackward(String form, Tensor dy, Tensor x, Tensor dx) {
    MethodHandle function =
        LIBRARY.criticalFunction(
            symbol(
                "gelu_backward_grad_input",
                "RKNS_6TensorES4_St17basic_string_viewIcSt11char_traitsIcEERS2_"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, STRING_VIEW, JAVA_LONG));
    MemorySegment view = stringView(form);
    long gradient = dy.address();
    long in = x.address();
    long out = dx.address();
    return () -> answer((long) function.invokeExact(gradient, in, view, out), out);
  }

  /** Softmax or its logarithm along the rows of a matrix. */
  Call softmax(String operator, Tensor x, Tensor y) {
    MethodHandle function =
        LIBRARY.criticalFunction(
            symbol(operator, "RKNS_6TensorElbRS2_"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_BOOLEAN, JAVA_LONG));
    long in = x.address();
    long out = y.address();
    return () -> answer((long) function.invokeExact(in, 1L, false, out), out);
  }

  /** The gradient of softmax along rows. */
  Call softmaxBackward(Tensor dy, Tensor y, Tensor dx) {
    MethodHandle function =
        LIBRARY.criticalFunction(
            symbol("_softmax_backward_data_out", "RKNS_6TensorES4_lN3c1010ScalarTypeERS2_"),
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_BYTE, JAVA_LONG));
    long gradient = dy.address();
    long result = y.address();
    long out = dx.address();
    byte type = torch.ScalarType.Float.value;
    return () -> answer((long) function.invokeExact(gradient, result, 1L, type, out), out);
  }

  private static String symbol(String operator, String signature) {
    return "_ZN2at4_ops" + operator.length() + operator + "4callE" + signature;
  }

  private MemorySegment stringView(String text) {
    MemorySegment view = arena.allocate(STRING_VIEW);
    view.setAtIndex(JAVA_LONG, 0, text.length());
    view.setAtIndex(JAVA_LONG, 1, arena.allocateFrom(text).address());
    return view;
  }

  private static void answer(long got, long expected) {
    if (got != expected) {
      throw new IllegalStateException("libtorch answers with another tensor");
    }
  }

  /** Keeps an object of C++ until the end. */
  public <T extends Pointer> T keep(T pointer) {
    alive.add(pointer);
    return pointer;
  }

  @Override
  public void close() {
    for (Pointer pointer : alive.reversed()) {
      pointer.close();
    }
    arena.close();
  }
}
