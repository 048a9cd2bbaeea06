package dev.lanewise.kernel.loop;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;

/**
 * One method of an element-wise kernel in both its forms, as a function of operands alone.
 *
 * @param name room, class and method
 * @param inputs operands that are read and never written; they come first
 * @param outputs operands that are written
 * @param onSegments takes {@code (MemorySegment[], long begin, long end)}
 * @param onArrays takes {@code (float[][], int[] offsets, int begin, int end)}
 * @param element what happens to one element
 */
record ElementwiseOp(
    String name,
    int inputs,
    int outputs,
    MethodHandle onSegments,
    MethodHandle onArrays,
    Element element) {

  /** One element of each operand; the outputs hold what was there before and are overwritten. */
  @FunctionalInterface
  interface Element {
    void apply(float[] in, float[] out);
  }

  /**
   * Finds a kernel by its name.
   *
   * @param name {@code room.Class.method}; the room is a package of {@code kernel}
   * @param scalars the values of its {@code float} parameters, which also tell overloads apart
   */
  static ElementwiseOp of(String name, int inputs, int outputs, Element element, float... scalars) {
    MethodHandle onSegments =
        find("segments", name, MemorySegment.class, inputs + outputs, scalars);
    MethodHandle onArrays = find("arrays", name, float[].class, inputs + outputs, scalars);
    return new ElementwiseOp(name, inputs, outputs, onSegments, onArrays, element);
  }

  /** As {@link #of}, its element being the scalar tail of the kernel itself. */
  static ElementwiseOp alone(String name, int inputs, int outputs, float... scalars) {
    MethodHandle onArrays = find("arrays", name, float[].class, inputs + outputs, scalars);
    Element tail =
        (in, out) -> {
          float[][] operands = new float[inputs + outputs][];
          for (int i = 0; i < operands.length; i++) {
            operands[i] = new float[] {i < inputs ? in[i] : out[i - inputs]};
          }
          run(onArrays, operands, new int[operands.length], 0, 1);
          for (int i = 0; i < outputs; i++) {
            out[i] = operands[inputs + i][0];
          }
        };
    return of(name, inputs, outputs, tail, scalars);
  }

  int operands() {
    return inputs + outputs;
  }

  void run(float[][] operands, int[] offsets, int begin, int end) {
    run(onArrays, operands, offsets, begin, end);
  }

  private static void run(
      MethodHandle onArrays, float[][] operands, int[] offsets, int begin, int end) {
    try {
      onArrays.invokeExact(operands, offsets, begin, end);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  void run(MemorySegment[] operands, long begin, long end) {
    try {
      onSegments.invokeExact(operands, begin, end);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** The public method that has these scalars and as many operands, spread over an array. */
  private static MethodHandle find(
      String form, String name, Class<?> operand, int operands, float[] scalars) {
    List<String> parts = List.of(name.split("[.]", -1));
    try {
      Class<?> kernel =
          Class.forName("dev.lanewise.kernel." + parts.get(0) + "." + form + "." + parts.get(1));
      for (Method method : kernel.getMethods()) {
        Class<?>[] types = method.getParameterTypes();
        if (method.getName().equals(parts.get(2))
            && count(types, float.class) == scalars.length
            && count(types, operand) == operands) {
          MethodHandle handle = MethodHandles.publicLookup().unreflect(method);
          for (int i = types.length - 1, scalar = scalars.length; i >= 0; i--) {
            if (types[i] == float.class) {
              handle = MethodHandles.insertArguments(handle, i, scalars[--scalar]);
            }
          }
          return operand == MemorySegment.class
              ? handle
                  .asSpreader(0, MemorySegment[].class, operands)
                  .asType(
                      MethodType.methodType(
                          void.class, MemorySegment[].class, long.class, long.class))
              : withOffsets(handle, operands);
        }
      }
      throw new AssertionError("no " + name + " on " + form + " with " + operands + " operands");
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no kernel " + name + " on " + form, e);
    }
  }

  /** Each array is followed by its offset: first all arrays, then all offsets. */
  private static MethodHandle withOffsets(MethodHandle handle, int operands) {
    int[] order = new int[2 * operands + 2];
    for (int i = 0; i < operands; i++) {
      order[2 * i] = i;
      order[2 * i + 1] = operands + i;
    }
    order[2 * operands] = 2 * operands;
    order[2 * operands + 1] = 2 * operands + 1;
    Class<?>[] types = new Class<?>[order.length];
    Arrays.fill(types, 0, operands, float[].class);
    Arrays.fill(types, operands, types.length, int.class);
    return MethodHandles.permuteArguments(handle, MethodType.methodType(void.class, types), order)
        .asSpreader(operands, int[].class, operands)
        .asSpreader(0, float[][].class, operands)
        .asType(
            MethodType.methodType(void.class, float[][].class, int[].class, int.class, int.class));
  }

  private static long count(Class<?>[] types, Class<?> wanted) {
    return Arrays.stream(types).filter(type -> type == wanted).count();
  }

  @Override
  public String toString() {
    return name;
  }
}
