package dev.lanewise.ops;

import dev.lanewise.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A method of a public op in all its forms.
 *
 * @param name room, class and method
 * @param operands in order
 * @param columns whether the kernel splits columns and not rows
 * @param scalars the parameters behind the sizes
 */
record PublicOp(String name, List<Operand> operands, boolean columns, List<Object> scalars) {
  /** How many elements an operand has. */
  enum Shape {
    ALL,
    MATRIX,
    ROWS,
    COLS
  }

  /**
   * An operand.
   *
   * @param element its type
   * @param aliases the inputs that it may be itself
   */
  record Operand(
      String name, Shape shape, Class<?> element, boolean written, List<String> aliases) {
    int bytes() {
      return element == short.class ? Short.BYTES : Float.BYTES;
    }
  }

  /**
   * Reads a line such as {@code broadcast.MulRow.forward x[rc] row[c] > y[rc]=x}: inputs, then what
   * is written, each with its shape, rows and columns or one of them, {@code int} or {@code short}
   * if it does not hold floats, and the inputs it may be. Without shapes it is element-wise, and
   * every output may be every input of its type.
   */
  static PublicOp of(String line, Object... scalars) {
    String[] words = line.split(" ", -1);
    List<Operand> operands = new ArrayList<>();
    List<String> inputs = new ArrayList<>();
    boolean written = false;
    boolean columns = false;
    for (int i = 1; i < words.length; i++) {
      switch (words[i]) {
        case ">" -> written = true;
        case "|columns" -> columns = true;
        default -> {
          Operand operand = operand(words[i], written, inputs);
          operands.add(operand);
          if (!written) {
            inputs.add(operand.name());
          }
        }
      }
    }
    return new PublicOp(words[0], List.copyOf(operands), columns, List.of(scalars));
  }

  private static Operand operand(String word, boolean written, List<String> inputs) {
    String name = word.replaceFirst("[\\[=:].*", "");
    Shape shape =
        word.contains("[rc]")
            ? Shape.MATRIX
            : word.contains("[r]") ? Shape.ROWS : word.contains("[c]") ? Shape.COLS : Shape.ALL;
    Class<?> element =
        word.contains(":short") ? short.class : word.contains(":int") ? int.class : float.class;
    List<String> aliases =
        word.contains("=")
            ? List.of(word.substring(word.indexOf('=') + 1).split(",", -1))
            : shape == Shape.ALL && element == float.class && written
                ? List.copyOf(inputs)
                : List.of();
    return new Operand(name, shape, element, written, aliases);
  }

  boolean elementwise() {
    return operands.getFirst().shape() == Shape.ALL;
  }

  int elements(int operand, int rows, int cols) {
    return switch (operands.get(operand).shape()) {
      case ALL, MATRIX -> Math.multiplyExact(rows, cols);
      case ROWS -> rows;
      case COLS -> cols;
    };
  }

  /** The kernel on segments, on all of its units at once. */
  void kernel(MemorySegment[] segments, int rows, int cols) {
    String kernel = name.substring(0, name.lastIndexOf('.')).replaceFirst("[.]", ".segments.");
    for (Method method : type("dev.lanewise.kernel." + kernel).getMethods()) {
      Object[] arguments = kernelArguments(method, segments, rows, cols);
      if (method.getName().equals(methodName()) && arguments.length > 0) {
        invoke(method, arguments);
        return;
      }
    }
    throw new AssertionError("no kernel " + name);
  }

  /** In the order of the kernel; none if the kernel has other operands. */
  private Object[] kernelArguments(Method method, MemorySegment[] segments, long rows, long cols) {
    Object[] range =
        elementwise()
            ? new Object[] {0L, rows * cols}
            : columns ? new Object[] {rows, cols, 0L, cols} : new Object[] {0L, rows, cols};
    Class<?>[] types = method.getParameterTypes();
    if (types.length != segments.length + scalars.size() + range.length) {
      return new Object[0];
    }
    Object[] arguments = new Object[types.length];
    int segment = 0;
    int scalar = 0;
    for (int i = 0; i < types.length - range.length; i++) {
      boolean operand = types[i] == MemorySegment.class;
      if (operand ? segment == segments.length : scalar == scalars.size()) {
        return new Object[0];
      }
      arguments[i] = operand ? segments[segment++] : scalars.get(scalar++);
    }
    System.arraycopy(range, 0, arguments, types.length - range.length, range.length);
    return arguments;
  }

  /** Arrays taken whole. */
  void arrays(Object[] arrays, int rows, int cols) {
    List<Object> arguments = new ArrayList<>(List.of(arrays));
    if (!elementwise()) {
      arguments.addAll(List.of(rows, cols));
    }
    arguments.addAll(scalars);
    invoke(arguments);
  }

  /** Ranges of arrays, over the shared workers. */
  void ranges(Object[] arrays, int[] offsets, int rows, int cols) {
    invoke(rangeArguments(arrays, offsets, rows, cols));
  }

  /** Ranges of arrays. */
  void ranges(Object[] arrays, int[] offsets, int rows, int cols, Workers workers) {
    List<Object> arguments = rangeArguments(arrays, offsets, rows, cols);
    arguments.add(workers);
    invoke(arguments);
  }

  private List<Object> rangeArguments(Object[] arrays, int[] offsets, int rows, int cols) {
    List<Object> arguments = new ArrayList<>();
    for (int i = 0; i < arrays.length; i++) {
      arguments.add(arrays[i]);
      arguments.add(offsets[i]);
    }
    if (elementwise()) {
      arguments.add(rows * cols);
    } else {
      arguments.addAll(List.of(rows, cols));
    }
    arguments.addAll(scalars);
    return arguments;
  }

  /** Segments, taken whole where that tells the size. */
  void segments(MemorySegment[] segments, int rows, int cols) {
    List<Object> arguments = new ArrayList<>(List.of(segments));
    if (!elementwise()) {
      arguments.addAll(List.of((long) rows, (long) cols));
    }
    arguments.addAll(scalars);
    invoke(arguments);
  }

  /** Segments from their start on. */
  void segments(MemorySegment[] segments, long rows, long cols, Workers workers) {
    invoke(segmentArguments(segments, rows, cols, workers));
  }

  private List<Object> segmentArguments(
      MemorySegment[] segments, long rows, long cols, Workers workers) {
    List<Object> arguments = new ArrayList<>(List.of(segments));
    if (elementwise()) {
      arguments.add(rows * cols);
    } else {
      arguments.addAll(List.of(rows, cols));
    }
    arguments.addAll(scalars);
    arguments.add(workers);
    return arguments;
  }

  /** A call on segments without arguments, so that nothing is boxed. */
  MethodHandle bound(MemorySegment[] segments, long rows, long cols, Workers workers) {
    return bound(segmentArguments(segments, rows, cols, workers));
  }

  /** A call on arrays without arguments. */
  MethodHandle bound(Object[] arrays, int[] offsets, int rows, int cols, Workers workers) {
    List<Object> arguments = rangeArguments(arrays, offsets, rows, cols);
    arguments.add(workers);
    return bound(arguments);
  }

  private MethodHandle bound(List<Object> arguments) {
    try {
      return MethodHandles.insertArguments(
          MethodHandles.publicLookup().unreflect(method(arguments)), 0, arguments.toArray());
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  private void invoke(List<Object> arguments) {
    invoke(method(arguments), arguments.toArray());
  }

  private Method method(List<Object> arguments) {
    Class<?>[] types = arguments.stream().map(PublicOp::declared).toArray(Class<?>[]::new);
    String op = name.substring(0, name.lastIndexOf('.'));
    try {
      return type("dev.lanewise.ops." + op).getMethod(methodName(), types);
    } catch (NoSuchMethodException e) {
      throw new AssertionError("no " + name + " with " + List.of(types), e);
    }
  }

  private static Class<?> declared(Object argument) {
    return switch (argument) {
      case MemorySegment segment -> MemorySegment.class;
      case Workers workers -> Workers.class;
      case Integer number -> int.class;
      case Long number -> long.class;
      case Float number -> float.class;
      default -> argument.getClass();
    };
  }

  private String methodName() {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static void invoke(Method method, Object[] arguments) {
    try {
      method.invoke(null, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      throw new AssertionError(e.getCause());
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  /** The operands that an output may be. */
  Stream<Integer> aliases(int output) {
    return operands.get(output).aliases().stream()
        .map(alias -> operands.stream().map(Operand::name).toList().indexOf(alias));
  }

  @Override
  public String toString() {
    return name;
  }
}
