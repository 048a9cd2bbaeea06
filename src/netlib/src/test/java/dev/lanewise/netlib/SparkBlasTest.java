package dev.lanewise.netlib;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ludovic.netlib.blas.BLAS;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is done where Spark is not as it was. */
class SparkBlasTest {
  private static final BLAS BLAS_OF_OURS = new LanewiseBlas();

  /** As Spark 4.1 has it. */
  @SuppressWarnings("NonFinalStaticField")
  public static final class AsToday {
    public static final AsToday MODULE$ = new AsToday();
    private static @Nullable BLAS _javaBLAS;
    private static @Nullable BLAS _nativeBLAS;
  }

  /** As a later one may have it. */
  @SuppressWarnings("NonFinalStaticField")
  public static final class Renamed {
    public static final Renamed MODULE$ = new Renamed();
    private static @Nullable BLAS _javaBLAS;
    private static @Nullable BLAS vectorBLAS;
  }

  private static void install(Class<?>... objects) throws ReflectiveOperationException {
    List<String> names = List.of(objects).stream().map(Class::getName).toList();
    SparkBlas.install(BLAS_OF_OURS, names, SparkBlasTest.class.getClassLoader());
  }

  @Test
  void aFieldThatIsMissingIsNamedAndNothingIsChanged() {
    AsToday._javaBLAS = null;
    Exception thrown =
        assertThrows(
            ReflectiveOperationException.class, () -> install(AsToday.class, Renamed.class));
    assertEquals(
        "this Spark has no field _nativeBLAS in " + Renamed.class.getName(), thrown.getMessage());
    assertNull(AsToday._javaBLAS);
    assertNull(Renamed._javaBLAS);
    assertNull(Renamed.vectorBLAS);
  }

  @Test
  void anObjectThatIsMissingIsNamedAndNothingIsChanged() {
    AsToday._javaBLAS = null;
    Exception thrown =
        assertThrows(
            ReflectiveOperationException.class,
            () ->
                SparkBlas.install(
                    BLAS_OF_OURS,
                    List.of(AsToday.class.getName(), "org.apache.spark.Moved"),
                    SparkBlasTest.class.getClassLoader()));
    assertTrue(
        String.valueOf(thrown.getMessage()).contains("no object org.apache.spark.Moved"),
        String.valueOf(thrown.getMessage()));
    assertNull(AsToday._javaBLAS);
  }

  @Test
  void bothFieldsAreSetWhereTheyAre() throws ReflectiveOperationException {
    install(AsToday.class);
    assertSame(BLAS_OF_OURS, AsToday._javaBLAS);
    assertSame(BLAS_OF_OURS, AsToday._nativeBLAS);
  }
}
