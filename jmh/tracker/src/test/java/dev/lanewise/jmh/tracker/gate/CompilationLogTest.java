package dev.lanewise.jmh.tracker.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompilationLogTest {
  private static final String LOG =
      """
      <hotspot_log version='160 1'>
      <args>
      -Xmx1g </args>
      <command>
      org.openjdk.jmh.runner.ForkedMain 127.0.0.1 39257
      </command>
      <task compile_id='7' method='a.B &lt;init&gt; ()V' bytes='5' level='3' stamp='0.1'>
      <failure reason='stale task'/>
      </task>
      <task compile_id='8' method='a.B sum ([I)I' bytes='40' count='9' stamp='0.2'>
      <method id='1' holder='2' name='helper' return='3' bytes='8001' iicount='7'/>
      <method id='1' holder='2' name='helper' return='3' bytes='8000' iicount='7'/>
      <failure reason='out of nodes' phase='compile'/>
      </task>
      Compiled method (c1)     100    7       3       a.B::<init> (5 bytes)
      [MachCode]
        0x00007f0000000000: 31c0
      [/MachCode]
      Compiled method (c2)     200    8       4       a.B::sum (40 bytes)
      [MachCode]
        0x00007f0000000000: 31c0
      [/MachCode]
      Compiled method (c2)     300    9       4       a.B::other (40 bytes)
      [MachCode]
      [/MachCode]
      """;

  @TempDir Path folder;

  @Test
  void theLogOfTheForkIsReadAndNotThatOfItsHost() throws IOException {
    Files.writeString(folder.resolve("hotspot-pid1.log"), LOG.replace("ForkedMain", "Main"));
    Files.writeString(folder.resolve("hotspot-pid2.log"), LOG);
    assertEquals(1, CompilationLog.ofFork(folder).failures().size());
  }

  @Test
  void aFailureForGoodIsToldWithItsMethod() throws IOException {
    assertEquals(List.of("a.B sum ([I)I at level 4: out of nodes"), log().failures());
  }

  @Test
  void aMethodOfMoreThanEightThousandBytecodesIsTold() throws IOException {
    assertEquals(List.of("helper has 8001 bytecodes"), log().huge());
  }

  @Test
  void listingsAreThoseOfC2AndOfTheMethodAskedFor() throws IOException {
    List<String> listings = log().listings("a.B::sum");
    assertEquals(1, listings.size());
    assertTrue(listings.get(0).contains("a.B::sum (40 bytes)"));
  }

  private CompilationLog log() throws IOException {
    return CompilationLog.read(Files.writeString(folder.resolve("hotspot-pid3.log"), LOG));
  }
}
