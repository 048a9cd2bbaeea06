package dev.lanewise.cli.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.Slab;
import dev.lanewise.parallel.Workers;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SamplerTest {
  @Test
  void aSeedRepeatsItsTextAndAnotherGivesAnother() {
    try (Slab slab = Slab.open("sample")) {
      Sampler sampler =
          new Sampler(ByteModel.random(slab, new Shape(16, 4, 8, 1), 1), slab, Workers.shared());
      byte[] prompt = "ab".getBytes(UTF_8);
      byte[] text = sampler.generate(prompt, 50, 1, 7);
      assertEquals(50, text.length);
      assertArrayEquals(text, sampler.generate(prompt, 50, 1, 7));
      assertFalse(Arrays.equals(text, sampler.generate(prompt, 50, 1, 8)));
      assertArrayEquals(sampler.generate(prompt, 50, 0, 7), sampler.generate(prompt, 50, 0, 8));
    }
  }

  @Property(tries = 200)
  void noControlCharacterReachesTheTerminal(@ForAll byte[] bytes) {
    String text = Sampler.printable(bytes);
    assertTrue(
        text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t'), text);
  }

  @Test
  void readableTextStaysAsItIs() {
    assertEquals(
        "{\n\tint x; // \u00fcber\n}",
        Sampler.printable("{\r\n\tint x; // \u00fcber\n}".getBytes(UTF_8)));
    assertEquals(
        "a\n[end of file]\nb\u241b[31m", Sampler.printable("a\0b\033[31m".getBytes(UTF_8)));
  }
}
