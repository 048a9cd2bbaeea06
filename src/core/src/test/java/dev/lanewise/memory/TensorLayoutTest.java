package dev.lanewise.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigInteger;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TensorLayoutTest {
  private static final BigInteger MAX_BYTES = BigInteger.valueOf(Long.MAX_VALUE);

  @Test
  void aMatrixHasRankDimsElementsAndBytes() {
    TensorLayout layout = TensorLayout.of(3, 4);
    assertEquals(2, layout.rank());
    assertEquals(3, layout.dim(0));
    assertEquals(4, layout.dim(1));
    assertEquals(12, layout.elements());
    assertEquals(48, layout.bytes());
    assertEquals("3x4", layout.toString());
  }

  @Test
  void aScalarHasOneElementAndAnEmptyTensorNone() {
    assertEquals(1, TensorLayout.of().elements());
    assertEquals("scalar", TensorLayout.of().toString());
    assertEquals(0, TensorLayout.of(5, 0, 7).elements());
    assertEquals(0, TensorLayout.of(5, 0, 7).bytes());
  }

  @Test
  void layoutsAreEqualWhenAllDimensionsAre() {
    assertEquals(TensorLayout.of(2, 3), TensorLayout.of(2, 3));
    assertEquals(TensorLayout.of(2, 3).hashCode(), TensorLayout.of(2, 3).hashCode());
    assertNotEquals(TensorLayout.of(2, 3), TensorLayout.of(3, 2));
    assertNotEquals(TensorLayout.of(6), TensorLayout.of(6, 1));
    assertNotEquals(TensorLayout.of(0, 2), TensorLayout.of(0, 3));
  }

  @Test
  void theCallersArraysAreNotShared() {
    long[] dims = {2, 3};
    TensorLayout layout = TensorLayout.of(dims);
    dims[0] = 9;
    layout.dims()[1] = 9;
    assertArrayEquals(new long[] {2, 3}, layout.dims());
    assertEquals(6, layout.elements());
  }

  @Test
  void negativeDimensionsAndDimensionsThatAreNotThereAreRejected() {
    assertEquals(
        "dimension 1 of 2x-3 is negative: dimensions are 0 or more",
        assertThrows(IllegalArgumentException.class, () -> TensorLayout.of(2, -3)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> TensorLayout.of(2, 3).dim(2));
    assertThrows(IllegalArgumentException.class, () -> TensorLayout.of(2, 3).dim(-1));
  }

  @Test
  void theLargestNumberOfBytesIsLegalAndOneFloatMoreIsNot() {
    long most = Long.MAX_VALUE / 4;
    assertEquals(most * 4, TensorLayout.of(most).bytes());
    assertThrows(IllegalArgumentException.class, () -> TensorLayout.of(most + 1));
    assertThrows(IllegalArgumentException.class, () -> TensorLayout.of(1L << 32, 1L << 32));
    assertThrows(IllegalArgumentException.class, () -> TensorLayout.of(0, 1L << 40, 1L << 40));
  }

  @Property(tries = 500)
  void elementsAreTheExactProductOrTheShapeIsRejected(
      @ForAll @Size(max = 6) List<@LongRange(min = 0, max = 1L << 33) Long> sizes) {
    long[] dims = sizes.stream().mapToLong(Long::longValue).toArray();
    BigInteger product = BigInteger.ONE;
    boolean empty = false;
    for (long dim : dims) {
      empty |= dim == 0;
      product = product.multiply(BigInteger.valueOf(Math.max(1, dim)));
    }
    if (product.shiftLeft(2).compareTo(MAX_BYTES) > 0) {
      assertThrows(IllegalArgumentException.class, () -> TensorLayout.of(dims));
    } else {
      assertEquals(empty ? 0 : product.longValueExact(), TensorLayout.of(dims).elements());
    }
  }
}
