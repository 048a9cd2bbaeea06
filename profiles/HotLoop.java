import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts the instructions of the hottest loop that C2 made of a method: multiply-adds, branches and
 * moves through the stack, of which there should be none.
 *
 * <p>Reads what {@code -XX:+UnlockDiagnosticVMOptions -XX:CompileCommand=print,Class::method}
 * prints to a file and needs objdump. The loop is the backward jump around the largest share of
 * multiply-adds.
 */
final class HotLoop {
  private static final Pattern HEX = Pattern.compile("\\s+0x[0-9a-f]+: ([0-9a-f| ]+)");
  private static final Pattern JUMP = Pattern.compile("j\\w+\\s+0x([0-9a-f]+).*");

  private record Instruction(long address, String text) {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    String code = lastOfC2(Files.readString(Path.of(arguments[0])));
    List<Instruction> loop = hottestLoop(disassemble(machineCode(code)));
    loop.forEach(instruction -> System.out.println("  " + instruction.text()));
    System.out.printf(
        "%d instructions, %d multiply-adds, %d branches, %d through the stack%n",
        loop.size(), count(loop, "vfn?madd.*"), count(loop, "j.*"), count(loop, ".*\\[rsp.*"));
  }

  private static String lastOfC2(String log) {
    int begin = log.lastIndexOf("Compiled method (c2)");
    if (begin < 0) {
      throw new IllegalArgumentException("nothing in this file was compiled by C2");
    }
    int end = log.indexOf("[Exception Handler]", begin);
    return log.substring(log.indexOf("[MachCode]", begin), end < 0 ? log.length() : end);
  }

  private static byte[] machineCode(String listing) {
    StringBuilder hex = new StringBuilder();
    for (String line : listing.split("\n")) {
      Matcher matcher = HEX.matcher(line);
      if (matcher.matches()) {
        hex.append(matcher.group(1).replaceAll("[| ]", ""));
      }
    }
    return HexFormat.of().parseHex(hex);
  }

  private static List<Instruction> disassemble(byte[] code)
      throws IOException, InterruptedException {
    Path binary = Files.createTempFile("hot-loop", ".bin");
    try {
      Files.write(binary, code);
      Process objdump =
          new ProcessBuilder(
                  "objdump",
                  "-D",
                  "-b",
                  "binary",
                  "-m",
                  "i386:x86-64",
                  "-M",
                  "intel",
                  binary.toString())
              .start();
      List<Instruction> instructions = new ArrayList<>();
      for (String line : new String(objdump.getInputStream().readAllBytes()).split("\n")) {
        String[] columns = line.split("\t");
        if (columns.length > 2) {
          String address = columns[0].strip().replace(":", "");
          instructions.add(new Instruction(Long.parseLong(address, 16), columns[2].strip()));
        }
      }
      objdump.waitFor();
      return instructions;
    } finally {
      Files.delete(binary);
    }
  }

  private static List<Instruction> hottestLoop(List<Instruction> code) {
    List<List<Instruction>> loops = new ArrayList<>();
    for (Instruction last : code) {
      Matcher jump = JUMP.matcher(last.text());
      // A jump out of the method has a target that looks negative.
      long first = jump.matches() ? Long.parseUnsignedLong(jump.group(1), 16) : -1;
      if (first >= 0 && first < last.address()) {
        loops.add(
            code.stream()
                .filter(i -> i.address() >= first && i.address() <= last.address())
                .toList());
      }
    }
    return loops.stream()
        .max(Comparator.comparingDouble(loop -> (double) count(loop, "vfn?madd.*") / loop.size()))
        .orElseThrow();
  }

  private static long count(List<Instruction> loop, String pattern) {
    return loop.stream().filter(instruction -> instruction.text().matches(pattern)).count();
  }
}
