package dev.lanewise.jmh.peers;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch: {@code torch.mm} into a tensor that is there, without recording gradients. The tensors
 * are views of the operands; the function of C++ is called directly, since the binding makes an
 * object for each answer.
 */
public final class Libtorch {
  private static final MethodHandle MM_OUT;

  static {
    Loader.load(torch.class);
    // at::_ops::mm_out::call(Tensor const& self, Tensor const& mat2, Tensor& out)
    MM_OUT =
        NativeLibrary.open("pytorch", "libtorch_cpu.so")
            .criticalFunction(
                "_ZN2at4_ops6mm_out4callERKNS_6TensorES4_RS2_",
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  }

  private Libtorch() {}

  /** Sets the threads of its operators, and of the library that multiplies for them. */
  public static void setThreads(int threads) {
    torch.set_num_threads(threads);
    OpenBlas.setThreads(openBlas(), threads);
  }

  static Product product(Problem problem) {
    setThreads(problem.threads());
    System.out.println("libtorch, threads " + torch.get_num_threads());
    // Lives until the fork ends, as the tensors do; it counts for this thread, which computes.
    AutoGradMode noGradients = new AutoGradMode(false);
    Tensor a = tensor(problem, problem.a(), problem.m(), problem.k(), problem.transA());
    Tensor b = tensor(problem, problem.b(), problem.k(), problem.n(), problem.transB());
    Tensor c = tensor(problem, problem.c(), problem.m(), problem.n(), false);
    long addressA = a.address();
    long addressB = b.address();
    long addressC = c.address();
    return new Product() {
      private final Pointer[] alive = {noGradients, a, b, c};

      @Override
      public void multiply() {
        try {
          long out = (long) MM_OUT.invokeExact(addressA, addressB, addressC);
          if (out != addressC) {
            throw new IllegalStateException("libtorch answers with another tensor");
          }
        } catch (Throwable thrown) {
          throw NativeLibrary.unexpected(thrown);
        }
      }

      @Override
      public void close() {
        for (int i = alive.length - 1; i >= 0; i--) {
          alive[i].close();
        }
      }
    };
  }

  /**
   * The OpenBLAS whose products these are. The binding loads the same library a second time under
   * this name, with threads of its own, and that copy comes first for libtorch.
   */
  private static NativeLibrary openBlas() {
    return NativeLibrary.open(
        Path.of(Loader.load(openblas_nolapack.class)).resolveSibling("libopenblas_nolapack.so.0"));
  }

  private static Tensor tensor(
      Problem problem, MemorySegment data, long rows, long columns, boolean transposed) {
    torch.ScalarType type =
        problem.bytes() == Float.BYTES ? torch.ScalarType.Float : torch.ScalarType.Double;
    long[] strides = transposed ? new long[] {1, rows} : new long[] {columns, 1};
    return torch.from_blob(
        new Pointer(data.asByteBuffer()),
        new long[] {rows, columns},
        strides,
        new TensorOptions(type));
  }
}
