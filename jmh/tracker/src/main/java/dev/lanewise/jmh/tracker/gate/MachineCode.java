package dev.lanewise.jmh.tracker.gate;

import dev.lanewise.jmh.tracker.TrackerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The instructions of a method as HotSpot prints them without a disassembler of its own: bytes in
 * hexadecimal, which objdump of the GNU binutils reads.
 */
final class MachineCode {
  private static final Pattern HEX = Pattern.compile("\\s+0x[0-9a-f]+: ([0-9a-f| ]+)");

  /** One instruction, at its distance from the begin of the method, in Intel's notation. */
  record Instruction(long address, String text) {}

  private MachineCode() {}

  static List<Instruction> of(String listing) {
    int begin = listing.indexOf("[MachCode]");
    if (begin < 0) {
      throw TrackerException.infrastructure(
          "the JVM prints no machine code in hexadecimal: it has an hsdis library, which must be"
              + " taken away for the gate");
    }
    int handlers = listing.indexOf("[Exception Handler]", begin);
    return disassemble(bytes(listing.substring(begin, handlers < 0 ? listing.length() : handlers)));
  }

  private static byte[] bytes(String listing) {
    StringBuilder hex = new StringBuilder();
    for (String line : listing.split("\n", -1)) {
      Matcher matcher = HEX.matcher(line);
      if (matcher.matches()) {
        hex.append(matcher.group(1).replaceAll("[| ]", ""));
      }
    }
    return HexFormat.of().parseHex(hex);
  }

  private static List<Instruction> disassemble(byte[] code) {
    if (!System.getProperty("os.arch").matches("amd64|x86_64")) {
      throw TrackerException.usage(
          "instructions are counted on x86-64 alone, this is " + System.getProperty("os.arch"));
    }
    try {
      Path binary = Files.createTempFile("code", ".bin");
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
        String text = new String(objdump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (objdump.waitFor() != 0) {
          throw new IOException("objdump ended with " + objdump.exitValue());
        }
        return parse(text);
      } finally {
        Files.delete(binary);
      }
    } catch (IOException e) {
      throw TrackerException.infrastructure(
          "cannot disassemble: install objdump of the GNU binutils (" + e.getMessage() + ")", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw TrackerException.infrastructure("interrupted while objdump ran", e);
    }
  }

  static List<Instruction> parse(String disassembly) {
    List<Instruction> instructions = new ArrayList<>();
    for (String line : disassembly.split("\n", -1)) {
      String[] columns = line.split("\t", -1);
      if (columns.length > 2) {
        long address = Long.parseLong(columns[0].strip().replace(":", ""), 16);
        instructions.add(new Instruction(address, columns[2].strip()));
      }
    }
    return instructions;
  }
}
