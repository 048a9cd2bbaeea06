package dev.lanewise.architecture;

import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the vectors of one method that a loop carries from one turn to the next and that are the
 * receiver of a call there.
 *
 * <p>A loop is what lies between a jump backwards and its target. The code is followed in the order
 * in which it is written, and what is not followed empties the picture of the stack: so there is no
 * false alarm, and a receiver that is chosen by a condition is missed.
 */
final class CarriedVectors {
  private static final int NO_LOCAL = -1;

  private final List<CodeElement> elements = new ArrayList<>();
  private final Map<Label, Integer> labels = new HashMap<>();

  /** The local variable that each value on the operand stack was loaded from. */
  private final Deque<Integer> stack = new ArrayDeque<>();

  private CarriedVectors(MethodModel method) {
    method.code().ifPresent(code -> code.forEach(elements::add));
    for (int i = 0; i < elements.size(); i++) {
      if (elements.get(i) instanceof LabelTarget target) {
        labels.put(target.label(), i);
      }
    }
  }

  /** The names of the methods that are called on a carried vector, in the order of the code. */
  static List<String> calls(MethodModel method) {
    CarriedVectors vectors = new CarriedVectors(method);
    List<String> calls = new ArrayList<>();
    for (int i = 0; i < vectors.elements.size(); i++) {
      if (vectors.elements.get(i) instanceof BranchInstruction branch) {
        int target = vectors.labels.getOrDefault(branch.target(), i);
        if (target < i) {
          calls.addAll(vectors.inLoop(target, i));
        }
      }
    }
    return calls;
  }

  private List<String> inLoop(int begin, int end) {
    Set<Integer> carried = new HashSet<>();
    for (CodeElement element : elements.subList(begin, end)) {
      if (element instanceof StoreInstruction store && store.typeKind() == TypeKind.REFERENCE) {
        carried.add(store.slot());
      }
    }
    stack.clear();
    List<String> calls = new ArrayList<>();
    for (CodeElement element : elements.subList(begin, end)) {
      if (element instanceof StoreInstruction store) {
        carried.remove(store.slot());
      }
      if (element instanceof Instruction instruction) {
        int receiver = step(instruction);
        if (carried.contains(receiver)) {
          calls.add(((InvokeInstruction) instruction).name().stringValue());
        }
      }
    }
    return calls;
  }

  /** Takes in an instruction; answers with the local variable that it calls a vector method on. */
  private int step(Instruction instruction) {
    switch (instruction) {
      case ConstantInstruction constant -> stack.push(NO_LOCAL);
      case LoadInstruction load ->
          stack.push(load.typeKind() == TypeKind.REFERENCE ? load.slot() : NO_LOCAL);
      case StoreInstruction store -> pop();
      case IncrementInstruction increment -> {}
      case TypeCheckInstruction check when check.opcode() == Opcode.CHECKCAST -> {}
      case ConvertInstruction convert -> replace(1);
      case OperatorInstruction operator ->
          replace(
              switch (operator.opcode()) {
                case ARRAYLENGTH, INEG, LNEG, FNEG, DNEG -> 1;
                default -> 2;
              });
      case FieldInstruction field -> access(field.opcode());
      case InvokeInstruction invoke -> {
        return call(invoke);
      }
      default -> stack.clear();
    }
    return NO_LOCAL;
  }

  private void access(Opcode opcode) {
    switch (opcode) {
      case GETSTATIC -> stack.push(NO_LOCAL);
      case GETFIELD -> replace(1);
      case PUTSTATIC -> pop();
      default -> {
        pop();
        pop();
      }
    }
  }

  private int call(InvokeInstruction invoke) {
    var type = invoke.typeSymbol();
    for (int i = 0; i < type.parameterCount(); i++) {
      pop();
    }
    int receiver = invoke.opcode() == Opcode.INVOKESTATIC ? NO_LOCAL : pop();
    if (!type.returnType().descriptorString().equals("V")) {
      stack.push(NO_LOCAL);
    }
    return invoke.owner().asInternalName().matches("jdk/incubator/vector/.*Vector")
        ? receiver
        : NO_LOCAL;
  }

  private void replace(int operands) {
    for (int i = 0; i < operands; i++) {
      pop();
    }
    stack.push(NO_LOCAL);
  }

  private int pop() {
    Integer local = stack.poll();
    return local == null ? NO_LOCAL : local;
  }
}
