package dev.lanewise.netlib;

import dev.ludovic.netlib.blas.BLAS;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;

/** What stands in Spark's fields, and a BLAS for them that counts its calls. */
public final class SparkFields {
  private SparkFields() {}

  /** Puts a BLAS into Spark as the plugin does. */
  public static void set(BLAS blas) throws ReflectiveOperationException {
    SparkBlas.install(blas);
  }

  /** Counts the calls by name; {@code counts} is shared by the threads of Spark. */
  public static BLAS counting(BLAS blas, Map<String, Integer> counts) {
    return (BLAS)
        Proxy.newProxyInstance(
            BLAS.class.getClassLoader(),
            new Class<?>[] {BLAS.class},
            (proxy, method, arguments) -> {
              counts.merge(method.getName(), 1, Integer::sum);
              try {
                return method.invoke(blas, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause() == null ? e : e.getCause();
              }
            });
  }
}
