package dev.lanewise.jmh.tracker.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HotLoopTest {
  /** A loop that adds, around it one that counts, beside it one that multiplies and adds. */
  private static final String CODE =
      """

      code.bin:     file format binary

      0000000000000000 <.data>:
         0:\t31 c0\txor    eax,eax
         2:\tc5 fc\tvaddps ymm0,ymm1,ymm2
         6:\t48 89\tmov    QWORD PTR [rsp+0x8],rax
         a:\teb f6\tjl     0x2
         c:\teb f2\tjne    0x0
         e:\tc4 e2\tvfmadd231ps ymm0,ymm1,YMMWORD PTR [rsi]
        12:\tc4 e2\tvfmadd231ps ymm3,ymm1,YMMWORD PTR [rsi+0x20]
        16:\te8 00\tcall   0x100
        1a:\teb f2\tjl     0xe
        1c:\teb f2\tjmp    0xffffffffffffff00
      """;

  @Test
  void theInnermostLoopWithMostMultiplyAddsIsTheHotOne() {
    HotLoop loop = HotLoop.in(MachineCode.parse(CODE)).orElseThrow();
    assertEquals(new HotLoop(4, 2, 2, 1, 0, 1, 256), loop);
  }

  @Test
  void withoutMultiplyAddsItIsTheOneWithMostVectorInstructions() {
    String code = CODE.replace("vfmadd231ps ymm", "mulss xmm");
    assertEquals(
        new HotLoop(3, 0, 1, 1, 1, 0, 256), HotLoop.in(MachineCode.parse(code)).orElseThrow());
  }

  @Test
  void codeWithoutALoopHasNone() {
    assertTrue(HotLoop.in(MachineCode.parse("   0:\t31 c0\txor    eax,eax\n")).isEmpty());
  }

  @Test
  void aLoopWithMoreOfWhatCostsIsWorse() {
    HotLoop recorded = new HotLoop(53, 24, 30, 1, 4, 0, 256);
    assertEquals(List.of(), recorded.worseThan(recorded));
    assertEquals(List.of(), new HotLoop(106, 48, 60, 1, 4, 0, 256).worseThan(recorded));
    assertEquals(1, new HotLoop(60, 24, 30, 1, 4, 0, 256).worseThan(recorded).size());
    assertEquals(
        List.of(
            "9 branches, recorded are 1",
            "12 instructions through the stack, recorded are 4",
            "2 calls, recorded are 0"),
        new HotLoop(53, 24, 30, 9, 12, 2, 256).worseThan(recorded));
  }

  @Test
  void recordedLoopsAreKeptOncePerWidth(@TempDir Path folder) {
    Path file = folder.resolve("loops.json");
    HotLoop narrow = new HotLoop(53, 24, 30, 1, 4, 0, 256);
    HotLoop wide = new HotLoop(91, 48, 60, 1, 4, 0, 512);
    RecordedLoops.read(file)
        .with(new RecordedLoops.Loop("A.b n=1", "x.Y::z", wide))
        .with(new RecordedLoops.Loop("A.b n=1", "x.Y::z", wide))
        .with(new RecordedLoops.Loop("A.b n=1", "x.Y::z", narrow))
        .write(file);
    RecordedLoops read = RecordedLoops.read(file);
    assertEquals(2, read.loops().size());
    assertEquals(List.of("x.Y::z"), read.methods("A.b n=1"));
    assertEquals(narrow, read.find("A.b n=1", "x.Y::z", 256).orElseThrow());
    assertTrue(read.find("A.b n=1", "x.Y::z", 128).isEmpty());
  }
}
