package dev.lanewise.jmh.torch;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.lanewise.autograd.Parameter;
import dev.lanewise.jmh.peers.NativeLibrary;
import dev.lanewise.memory.Slab;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The optimizer steps of libtorch on views of our memory: the fused operators, which the binding
 * does not have, called directly, and the optimizer of its C++ front end.
 */
public final class TorchSteps implements AutoCloseable {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPS = 1e-8;
  private static final double WEIGHT_DECAY = 0.01;
  private static final double MOMENTUM = 0.9;
  private static final double LION_BETA2 = 0.99;

  /** {@code c10::ArrayRef<at::Tensor>}, passed by value. */
  private static final StructLayout TENSOR_LIST =
      MemoryLayout.structLayout(JAVA_LONG.withName("first"), JAVA_LONG.withName("length"));

  private static final String LIST = "N3c108ArrayRefINS_6TensorEEE";
  private static final String LISTS = "S5_";
  private static final String SCALAR = "RKNS2_6ScalarE";

  private final Torch torchSide;
  private final Slab slab;
  private final List<Parameter> parameters;
  private final Arena arena = Arena.ofShared();
  private final TensorVector params;
  private final TensorVector grads;

  /** {@code std::optional<at::Tensor>} without a tensor. */
  private final MemorySegment none = arena.allocate(16, 8);

  TorchSteps(Torch torchSide, Slab slab, List<Parameter> parameters) {
    this.torchSide = torchSide;
    this.slab = slab;
    this.parameters = parameters;
    params = vector(Parameter::data);
    grads = vector(Parameter::gradient);
    for (int i = 0; i < parameters.size(); i++) {
      params.get(i).mutable_grad().put(grads.get(i));
    }
  }

  /**
   * Steps of a training.
   *
   * @param parameters shapes
   * @param params tensors of these shapes, the leaves of a graph
   * @param grads their gradients at each step, put there before it
   */
  public TorchSteps(
      Torch torchSide,
      Slab slab,
      List<Parameter> parameters,
      TensorVector params,
      TensorVector grads) {
    this.torchSide = torchSide;
    this.slab = slab;
    this.parameters = parameters;
    this.params = params;
    this.grads = grads;
  }

  /** The fused operator alone. */
  Call fusedAdamW() {
    return fusedAdamW(stepCounts());
  }

  private Call fusedAdamW(TensorVector counts) {
    MethodHandle function =
        function("_fused_adamw_", LIST + LISTS.repeat(5) + "dddddbbRKSt8optionalIS4_ES9_", 6, 5, 2);
    long lists = parameters.size();
    MemorySegment p = list(params, lists);
    MemorySegment g = list(grads, lists);
    MemorySegment m = list(state(), lists);
    MemorySegment v = list(state(), lists);
    MemorySegment noMaxima = list(torchSide.keep(new TensorVector()), 0);
    MemorySegment steps = list(counts, lists);
    double lr = StepOperands.LR;
    return () -> {
      function.invokeExact(
          p,
          g,
          m,
          v,
          noMaxima,
          steps,
          lr,
          BETA1,
          BETA2,
          WEIGHT_DECAY,
          EPS,
          false,
          false,
          none.address(),
          none.address());
    };
  }

  /** Clipping in place, then the fused operator. */
  Call clippedFusedAdamW() {
    Call step = fusedAdamW();
    return () -> {
      torch.clip_grad_norm_(params, 1);
      step.run();
    };
  }

  /**
   * A step of a training: the count of steps goes up, gradients are clipped, the fused operator.
   */
  public Call trainingAdamW() {
    Tensor count = torchSide.keep(torch.zeros(1));
    Scalar one = torchSide.keep(new Scalar(1));
    TensorVector counts = torchSide.keep(new TensorVector());
    for (int i = 0; i < parameters.size(); i++) {
      counts.push_back(count);
    }
    Call step = fusedAdamW(counts);
    return () -> {
      count.add_(one);
      torch.clip_grad_norm_(params, 1);
      step.run();
    };
  }

  /** Clipping in place, then the optimizer of the C++ front end. */
  Call clippedDefaultAdamW() {
    AdamWOptions options = torchSide.keep(new AdamWOptions(StepOperands.LR));
    org.bytedeco.pytorch.AdamW optimizer =
        torchSide.keep(new org.bytedeco.pytorch.AdamW(params, options));
    return () -> {
      torch.clip_grad_norm_(params, 1);
      optimizer.step().close();
    };
  }

  /** Momentum in the fused operator. */
  Call fusedSgd() {
    MethodHandle function =
        function("_fused_sgd_", LIST + LISTS.repeat(2) + "ddddbbbRKSt8optionalIS4_ES9_", 3, 4, 3);
    long lists = parameters.size();
    MemorySegment p = list(params, lists);
    MemorySegment g = list(grads, lists);
    MemorySegment b = list(state(), lists);
    double lr = StepOperands.LR;
    return () -> {
      function.invokeExact(
          p, g, b, 0.0, MOMENTUM, lr, 0.0, false, false, false, none.address(), none.address());
    };
  }

  /**
   * Lion as its users write it (the form of timm): in place, operator by operator, each over all
   * tensors; the room for the directions is kept.
   */
  Call foreachLion() {
    MethodHandle copy = foreach("_foreach_copy_", LISTS + "b", TENSOR_LIST, JAVA_BOOLEAN);
    MethodHandle multiply = foreach("_foreach_mul__Scalar", SCALAR, JAVA_LONG);
    MethodHandle add = foreach("_foreach_add__List", LISTS + SCALAR, TENSOR_LIST, JAVA_LONG);
    MethodHandle sign = foreach("_foreach_sign_", "");
    MethodHandle lerp = foreach("_foreach_lerp__Scalar", LISTS + SCALAR, TENSOR_LIST, JAVA_LONG);
    long lists = parameters.size();
    MemorySegment p = list(params, lists);
    MemorySegment g = list(grads, lists);
    MemorySegment m = list(state(), lists);
    MemorySegment direction = list(state(), lists);
    long beta1 = scalar(BETA1);
    long intake = scalar(1 - BETA1);
    long down = scalar(-StepOperands.LR);
    long part = scalar(1 - LION_BETA2);
    return () -> {
      copy.invokeExact(direction, m, false);
      multiply.invokeExact(direction, beta1);
      add.invokeExact(direction, g, intake);
      sign.invokeExact(direction);
      add.invokeExact(p, direction, down);
      lerp.invokeExact(m, g, part);
    };
  }

  private static MethodHandle foreach(String operator, String more, MemoryLayout... layouts) {
    MemoryLayout[] all = new MemoryLayout[layouts.length + 1];
    all[0] = TENSOR_LIST;
    System.arraycopy(layouts, 0, all, 1, layouts.length);
    return function(operator, LIST + more, all);
  }

  private long scalar(double value) {
    return torchSide.keep(new Scalar(value)).address();
  }

  private static MethodHandle function(
      String operator, String signature, int lists, int doubles, int booleans) {
    MemoryLayout[] layouts = new MemoryLayout[lists + doubles + booleans + 2];
    for (int i = 0; i < layouts.length; i++) {
      layouts[i] =
          i < lists
              ? TENSOR_LIST
              : i < lists + doubles
                  ? JAVA_DOUBLE
                  : i < lists + doubles + booleans ? JAVA_BOOLEAN : JAVA_LONG;
    }
    return function(operator, signature, layouts);
  }

  private static MethodHandle function(String operator, String signature, MemoryLayout[] layouts) {
    String symbol = "_ZN2at4_ops" + operator.length() + operator + "4callE" + signature;
    return NativeLibrary.open("pytorch", "libtorch_cpu.so")
        .function(symbol, FunctionDescriptor.ofVoid(layouts));
  }

  private MemorySegment list(TensorVector vector, long length) {
    MemorySegment list = arena.allocate(TENSOR_LIST);
    list.setAtIndex(JAVA_LONG, 0, length == 0 ? 0 : vector.front().address());
    list.setAtIndex(JAVA_LONG, 1, length);
    return list;
  }

  private TensorVector vector(Function<Parameter, MemorySegment> memory) {
    TensorVector vector = torchSide.keep(new TensorVector());
    for (Parameter parameter : parameters) {
      vector.push_back(torchSide.tensor(memory.apply(parameter), parameter.layout().dims()));
    }
    return vector;
  }

  private TensorVector state() {
    return vector(parameter -> slab.allocate(parameter.layout()));
  }

  private TensorVector stepCounts() {
    TensorVector vector = torchSide.keep(new TensorVector());
    for (int i = 0; i < parameters.size(); i++) {
      Tensor one = torchSide.keep(torch.ones(1));
      vector.push_back(one);
    }
    return vector;
  }

  @Override
  public void close() {
    arena.close();
  }
}
