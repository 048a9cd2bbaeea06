package dev.lanewise.architecture;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules that only the instructions of a method show. Each answers with the violations of one
 * class.
 */
final class BytecodeRules {
  /** HotSpot's HugeMethodLimit: a longer method is never compiled, and nothing says so. */
  static final int HUGE_METHOD_BYTES = 8_000;

  /**
   * Where a method has too many Vector API calls C1 gives up on it, and it runs without a profile,
   * a hundred times slower, until C2 is done or for ever: seen with 144 calls on arrays, and with
   * 105 on segments. What is near it is watched by {@code CompilationTest}.
   */
  static final int VECTOR_CALLS_PER_METHOD = 124;

  /**
   * HotSpot's FreqInlineSize: C2 inlines no longer method, not even the hottest, and a function of
   * vectors that is called boxes its argument and its result.
   */
  static final int INLINED_BYTES = 325;

  private BytecodeRules() {}

  static List<String> hugeMethods(ClassModel type) {
    List<String> violations = new ArrayList<>();
    for (MethodModel method : type.methods()) {
      int bytes = method.code().map(code -> ((CodeAttribute) code).codeLength()).orElse(0);
      if (bytes > HUGE_METHOD_BYTES) {
        violations.add(
            name(type, method)
                + " has "
                + bytes
                + " bytes of code, HotSpot compiles none over "
                + HUGE_METHOD_BYTES);
      }
    }
    return violations;
  }

  static List<String> crowdedVectorMethods(ClassModel type) {
    List<String> violations = new ArrayList<>();
    for (MethodModel method : type.methods()) {
      long calls =
          instructions(method).stream()
              .filter(i -> i instanceof InvokeInstruction invoke && isVectorApi(invoke))
              .count();
      if (calls > VECTOR_CALLS_PER_METHOD) {
        violations.add(
            name(type, method)
                + " calls the Vector API "
                + calls
                + " times, more than "
                + VECTOR_CALLS_PER_METHOD);
      }
    }
    return violations;
  }

  /** Functions from vectors to a vector, which are meant to be inlined. */
  static List<String> longVectorFunctions(ClassModel type) {
    List<String> violations = new ArrayList<>();
    for (MethodModel method : type.methods()) {
      int bytes = method.code().map(code -> ((CodeAttribute) code).codeLength()).orElse(0);
      boolean givesVector =
          method.methodTypeSymbol().returnType().packageName().equals("jdk.incubator.vector");
      if (givesVector && bytes > INLINED_BYTES) {
        violations.add(
            name(type, method)
                + " has "
                + bytes
                + " bytes of code, C2 inlines none over "
                + INLINED_BYTES);
      }
    }
    return violations;
  }

  static List<String> lambdas(ClassModel type) {
    List<String> violations = new ArrayList<>();
    for (MethodModel method : type.methods()) {
      for (Instruction instruction : instructions(method)) {
        if (instruction instanceof InvokeDynamicInstruction dynamic
            && dynamic.bootstrapMethod().owner().displayName().equals("LambdaMetafactory")) {
          violations.add(name(type, method) + " has a lambda");
        }
      }
    }
    return violations;
  }

  /**
   * Int products that become a size or an index: widened to long after the multiplication, as the
   * length of an array, as the index of an array or of a vector load or store, directly or after
   * additions and through a local variable.
   *
   * <p>An index with a constant or static factor passes ({@code panel[p * MR + i]}): an array that
   * holds that element was sized before, and its size is under this rule. The code is followed in
   * the order in which it is written, and a product is lost sight of as soon as anything but loads,
   * additions and products is done to it; so the rule has no false alarm, and finds the plain form
   * of the mistake, not all of them.
   */
  static List<String> overflowingProducts(ClassModel type) {
    List<String> violations = new ArrayList<>();
    for (MethodModel method : type.methods()) {
      IntProducts products = new IntProducts();
      for (Instruction instruction : instructions(method)) {
        @Nullable String use = products.step(instruction);
        if (use != null) {
          violations.add(
              name(type, method)
                  + " uses an int product as "
                  + use
                  + ": multiply as long or with Math.multiplyExact");
        }
      }
    }
    return violations;
  }

  /**
   * Vectors that a loop carries and calls a method on. C2 knows the class of a vector that was just
   * loaded or computed, of a carried one it sees only {@code FloatVector} and has to take the class
   * from the profile of the Vector API's own method. Where that method was not profiled before, the
   * call stays a call, and every turn of the loop allocates its vectors.
   */
  static List<String> carriedReceivers(ClassModel type) {
    List<String> violations = new ArrayList<>();
    for (MethodModel method : type.methods()) {
      for (String call : CarriedVectors.calls(method)) {
        violations.add(
            name(type, method)
                + " calls "
                + call
                + " on a vector that a loop carries: make it the argument");
      }
    }
    return violations;
  }

  private static List<Instruction> instructions(MethodModel method) {
    List<Instruction> instructions = new ArrayList<>();
    method
        .code()
        .ifPresent(
            code -> {
              for (CodeElement element : code) {
                if (element instanceof Instruction instruction) {
                  instructions.add(instruction);
                }
              }
            });
    return instructions;
  }

  private static boolean isVectorApi(InvokeInstruction invoke) {
    return invoke.owner().asSymbol().packageName().equals("jdk.incubator.vector");
  }

  private static String name(ClassModel type, MethodModel method) {
    return type.thisClass().asInternalName().replace('/', '.')
        + "."
        + method.methodName().stringValue();
  }
}
