package dev.lanewise.jmh.tracker.gate;

import dev.lanewise.jmh.tracker.gate.MachineCode.Instruction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The loop of a method in which its work is done, as far as the code alone tells: of the innermost
 * loops the one with the largest share of fused multiply-adds; without such instructions, the one
 * with most vector instructions; without those, the longest.
 *
 * @param instructions from the target of the backward jump to the jump
 * @param multiplyAdds fused ones
 * @param vectors instructions on registers of 16 bytes and more, scalar floating point left out
 * @param branches jumps, the backward one included
 * @param stack instructions with an operand relative to the stack pointer
 * @param calls out of the loop
 * @param bits of the widest vector register
 */
public record HotLoop(
    int instructions, int multiplyAdds, int vectors, int branches, int stack, int calls, int bits) {
  private static final Pattern JUMP = Pattern.compile("j\\w+\\s+0x([0-9a-f]+).*");
  private static final String MULTIPLY_ADD = "vfn?m(add|sub).*";
  private static final String VECTOR = "(?!\\w+[sd][sd]\\s)v?[a-z]\\w+\\s.*[xyz]mm\\d+.*";
  private static final String STACK = ".*\\[rsp.*";

  /** The hot loop of the last of the listings, the code that ran in the end. */
  public static Optional<HotLoop> of(List<String> listings) {
    return listings.isEmpty()
        ? Optional.empty()
        : in(MachineCode.of(listings.get(listings.size() - 1)));
  }

  static Optional<HotLoop> in(List<Instruction> code) {
    List<List<Instruction>> loops = new ArrayList<>();
    for (int last = 0; last < code.size(); last++) {
      Matcher jump = JUMP.matcher(code.get(last).text());
      // A jump out of the method has a target that looks negative.
      long target = jump.matches() ? Long.parseUnsignedLong(jump.group(1), 16) : -1;
      if (target >= 0 && target < code.get(last).address()) {
        int first = 0;
        while (code.get(first).address() < target) {
          first++;
        }
        loops.add(code.subList(first, last + 1));
      }
    }
    return loops.stream()
        .filter(loop -> loops.stream().noneMatch(other -> isInside(other, loop)))
        .max(
            Comparator.comparingDouble(
                    (List<Instruction> loop) -> (double) count(loop, MULTIPLY_ADD) / loop.size())
                .thenComparingInt(loop -> count(loop, VECTOR))
                .thenComparingInt(List::size))
        .map(HotLoop::counted);
  }

  private static boolean isInside(List<Instruction> inner, List<Instruction> outer) {
    return inner.size() < outer.size()
        && inner.get(0).address() >= outer.get(0).address()
        && inner.get(inner.size() - 1).address() <= outer.get(outer.size() - 1).address();
  }

  private static HotLoop counted(List<Instruction> loop) {
    return new HotLoop(
        loop.size(),
        count(loop, MULTIPLY_ADD),
        count(loop, VECTOR),
        count(loop, "j.*"),
        count(loop, STACK),
        count(loop, "call.*"),
        bits(loop));
  }

  private static int bits(List<Instruction> loop) {
    if (count(loop, ".*zmm\\d+.*") > 0) {
      return 512;
    }
    if (count(loop, ".*ymm\\d+.*") > 0) {
      return 256;
    }
    return count(loop, ".*xmm\\d+.*") > 0 ? 128 : 0;
  }

  private static int count(List<Instruction> loop, String pattern) {
    return (int) loop.stream().filter(instruction -> instruction.text().matches(pattern)).count();
  }

  /**
   * In what this loop is worse than another of the same width: more branches, moves through the
   * stack or calls, or more instructions for each multiply-add, each vector instruction or, without
   * either, in all.
   */
  public List<String> worseThan(HotLoop recorded) {
    List<String> worse = new ArrayList<>();
    compare("branches", branches, recorded.branches, worse);
    compare("instructions through the stack", stack, recorded.stack, worse);
    compare("calls", calls, recorded.calls, worse);
    double perUnit = (double) instructions / unit();
    double before = (double) recorded.instructions / recorded.unit();
    if (perUnit > before * 1.01) {
      worse.add(
          instructions
              + " instructions with "
              + multiplyAdds
              + " multiply-adds and "
              + vectors
              + " vector instructions, recorded are "
              + recorded.instructions
              + " with "
              + recorded.multiplyAdds
              + " and "
              + recorded.vectors);
    }
    return worse;
  }

  private int unit() {
    return multiplyAdds > 0 ? multiplyAdds : Math.max(1, vectors);
  }

  private static void compare(String what, int now, int recorded, List<String> worse) {
    if (now > recorded) {
      worse.add(now + " " + what + ", recorded are " + recorded);
    }
  }

  @Override
  public String toString() {
    return instructions
        + " instructions, "
        + multiplyAdds
        + " multiply-adds, "
        + vectors
        + " vector instructions of "
        + bits
        + " bits, "
        + branches
        + " branches, "
        + stack
        + " through the stack, "
        + calls
        + " calls";
  }
}
