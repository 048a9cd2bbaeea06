package dev.lanewise.architecture;

import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Follows the int products of one method over the operand stack and the local variables,
 * instruction by instruction in the order of the code. What it does not follow empties its picture
 * of the stack.
 */
final class IntProducts {
  private enum Kind {
    OTHER,
    CONSTANT,
    /** A product with a constant factor. */
    SCALED,
    PRODUCT
  }

  /** The top of the operand stack as far as it is known; below it lies {@link Kind#OTHER}. */
  private final Deque<Kind> stack = new ArrayDeque<>();

  private final Map<Integer, Kind> locals = new HashMap<>();

  /** Takes in the next instruction; answers what it uses an int product as, or null. */
  @Nullable String step(Instruction instruction) {
    switch (instruction) {
      case ConstantInstruction constant ->
          push(constant.typeKind() == TypeKind.INT ? Kind.CONSTANT : Kind.OTHER);
      case LoadInstruction load ->
          push(
              load.typeKind() == TypeKind.INT
                  ? locals.getOrDefault(load.slot(), Kind.OTHER)
                  : Kind.OTHER);
      case StoreInstruction store -> {
        // A counter that goes up by a multiple of the lanes is not itself a multiple that could
        // overflow.
        Kind kind = pop();
        locals.put(store.slot(), kind == Kind.PRODUCT ? kind : Kind.OTHER);
      }
      case IncrementInstruction increment -> {}
      case OperatorInstruction operator -> operate(operator.opcode());
      case ConvertInstruction convert -> {
        Kind kind = pop();
        push(Kind.OTHER);
        if (convert.opcode() == Opcode.I2L && kind.compareTo(Kind.SCALED) >= 0) {
          return "a long";
        }
      }
      case NewPrimitiveArrayInstruction array -> {
        return length();
      }
      case NewReferenceArrayInstruction array -> {
        return length();
      }
      case ArrayLoadInstruction load -> {
        Kind index = pop();
        pop();
        push(Kind.OTHER);
        return index == Kind.PRODUCT ? "an array index" : null;
      }
      case ArrayStoreInstruction store -> {
        pop();
        Kind index = pop();
        pop();
        return index == Kind.PRODUCT ? "an array index" : null;
      }
      case FieldInstruction field -> {
        access(field.opcode());
      }
      case InvokeInstruction invoke -> {
        return call(invoke);
      }
      default -> stack.clear();
    }
    return null;
  }

  private void operate(Opcode opcode) {
    switch (opcode) {
      case ARRAYLENGTH, INEG, LNEG, FNEG, DNEG -> {
        pop();
        push(Kind.OTHER);
      }
      case IADD, ISUB -> {
        Kind kind = stronger(pop(), pop());
        push(kind == Kind.CONSTANT ? Kind.OTHER : kind);
      }
      case IMUL -> {
        Kind right = pop();
        Kind left = pop();
        boolean scaled = left == Kind.CONSTANT || right == Kind.CONSTANT;
        push(scaled && stronger(left, right) != Kind.PRODUCT ? Kind.SCALED : Kind.PRODUCT);
      }
      default -> {
        pop();
        pop();
        push(Kind.OTHER);
      }
    }
  }

  private void access(Opcode opcode) {
    switch (opcode) {
      // The tile sizes follow from the vector width, so they are constants that the compiler cannot
      // fold.
      case GETSTATIC -> push(Kind.CONSTANT);
      case GETFIELD -> {
        pop();
        push(Kind.OTHER);
      }
      case PUTSTATIC -> pop();
      default -> {
        pop();
        pop();
      }
    }
  }

  /**
   * {@code fromArray(species, array, index)} and {@code intoArray(array, index)} take the index
   * last.
   */
  private @Nullable String call(InvokeInstruction invoke) {
    var type = invoke.typeSymbol();
    Kind last = stack.isEmpty() ? Kind.OTHER : stack.peek();
    for (int i = 0; i < type.parameterCount(); i++) {
      pop();
    }
    if (invoke.opcode() != Opcode.INVOKESTATIC) {
      pop();
    }
    if (!type.returnType().descriptorString().equals("V")) {
      push(Kind.OTHER);
    }
    boolean vectorAccess =
        invoke.owner().asSymbol().packageName().equals("jdk.incubator.vector")
            && invoke.name().stringValue().endsWith("Array");
    return vectorAccess && last == Kind.PRODUCT ? "the index of a vector" : null;
  }

  private @Nullable String length() {
    Kind length = pop();
    push(Kind.OTHER);
    return length.compareTo(Kind.SCALED) >= 0 ? "the length of an array" : null;
  }

  private static Kind stronger(Kind a, Kind b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private void push(Kind kind) {
    stack.push(kind);
  }

  private Kind pop() {
    Kind kind = stack.poll();
    return kind == null ? Kind.OTHER : kind;
  }
}
