package dev.lanewise.netlib;

import dev.ludovic.netlib.blas.BLAS;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where Spark MLlib keeps the BLAS it computes with. Each of its two objects named BLAS has one for
 * short vectors and one for everything else in private fields, set when they are first asked for.
 */
final class SparkBlas {
  private static final List<String> OBJECTS =
      List.of("org.apache.spark.ml.linalg.BLAS$", "org.apache.spark.mllib.linalg.BLAS$");

  private static final List<String> FIELDS = List.of("_javaBLAS", "_nativeBLAS");

  private SparkBlas() {}

  /**
   * Sets all of the fields, or none.
   *
   * @throws ReflectiveOperationException if this Spark keeps its BLAS somewhere else; the message
   *     says what is missing, and nothing was changed
   */
  static void install(BLAS blas) throws ReflectiveOperationException {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    install(blas, OBJECTS, context == null ? SparkBlas.class.getClassLoader() : context);
  }

  /** The same for objects of other names. */
  static void install(BLAS blas, List<String> objects, @Nullable ClassLoader loader)
      throws ReflectiveOperationException {
    List<Field> fields = new ArrayList<>();
    List<Object> owners = new ArrayList<>();
    for (String name : objects) {
      Class<?> type;
      try {
        type = Class.forName(name, true, loader);
      } catch (ClassNotFoundException e) {
        throw new ClassNotFoundException("this Spark has no object " + name, e);
      }
      Object owner = type.getField("MODULE$").get(null);
      for (String field : FIELDS) {
        fields.add(writable(type, field));
        owners.add(owner);
      }
    }
    for (int i = 0; i < fields.size(); i++) {
      fields.get(i).set(owners.get(i), blas);
    }
  }

  private static Field writable(Class<?> type, String name) throws NoSuchFieldException {
    Field field;
    try {
      field = type.getDeclaredField(name);
    } catch (NoSuchFieldException e) {
      NoSuchFieldException told =
          new NoSuchFieldException("this Spark has no field " + name + " in " + type.getName());
      told.initCause(e);
      throw told;
    }
    if (field.getType() != BLAS.class || Modifier.isFinal(field.getModifiers())) {
      throw new NoSuchFieldException(
          "this Spark has another field " + name + " in " + type.getName() + ": " + field);
    }
    try {
      field.setAccessible(true);
    } catch (InaccessibleObjectException e) {
      NoSuchFieldException told =
          new NoSuchFieldException("this JVM closes the field " + name + ": " + e.getMessage());
      told.initCause(e);
      throw told;
    }
    return field;
  }
}
