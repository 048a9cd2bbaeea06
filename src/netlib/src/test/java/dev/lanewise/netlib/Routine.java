package dev.lanewise.netlib;

import dev.ludovic.netlib.blas.BLAS;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.netlib.util.doubleW;
import org.netlib.util.floatW;

/**
 * One routine of netlib in one precision, in the form with offsets: what its arguments mean, so
 * that random ones can be drawn for it.
 *
 * <p>An argument is one word: a letter of the BLAS ({@code trans uplo diag side}), a size ({@code m
 * n k kl ku}), a number ({@code alpha}), a vector ({@code x y}: array, offset, increment), a matrix
 * ({@code A B C}: array, offset, leading dimension), a packed triangle ({@code AP}: array, offset),
 * the parameters of a modified rotation ({@code param}: array, offset), or a number that is changed
 * ({@code w}).
 */
record Routine(String name, List<String> arguments, Method full, @Nullable Method brief) {
  private static final String[] TABLE = {
    "asum n x",
    "axpy n alpha x y",
    "copy n x y",
    "dot n x y",
    "nrm2 n x",
    "rot n x y alpha alpha",
    "rotg w w w w",
    "rotm n x y param",
    "rotmg w w w alpha param",
    "scal n alpha x",
    "swap n x y",
    "amax n x",
    "dsdot n alpha x y",
    "gbmv trans m n kl ku alpha A x alpha y",
    "gemv trans m n alpha A x alpha y",
    "ger m n alpha x y A",
    "sbmv uplo n k alpha A x alpha y",
    "spmv uplo n alpha AP x alpha y",
    "spr uplo n alpha x AP",
    "spr2 uplo n alpha x y AP",
    "symv uplo n alpha A x alpha y",
    "syr uplo n alpha x A",
    "syr2 uplo n alpha x y A",
    "tbmv uplo trans diag n k A x",
    "tbsv uplo trans diag n k A x",
    "tpmv uplo trans diag n AP x",
    "tpsv uplo trans diag n AP x",
    "trmv uplo trans diag n A x",
    "trsv uplo trans diag n A x",
    "gemm trans trans m n k alpha A B alpha C",
    "symm side uplo m n alpha A B alpha C",
    "syrk uplo trans n k alpha A alpha C",
    "syr2k uplo trans n k alpha A B alpha C",
    "trmm side uplo trans diag m n alpha A B",
    "trsm side uplo trans diag m n alpha A B",
  };

  private static final int[] SIZES = {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 64, 67, 75, 130};

  /** Of vectors alone, which cost little. */
  private static final int[] LENGTHS = {0, 1, 2, 3, 5, 8, 9, 31, 64, 75, 191, 203, 511, 515, 1030};

  /** Every routine of the interface but {@code lsame}, in both precisions. */
  static List<Routine> all() {
    List<Routine> routines = new ArrayList<>();
    for (String row : TABLE) {
      List<String> words = Arrays.asList(row.split(" "));
      List<String> arguments = words.subList(1, words.size());
      for (String precision : List.of("s", "d")) {
        String name = (words.get(0).equals("amax") ? "i" : "") + precision + words.get(0);
        Method[] forms =
            Arrays.stream(BLAS.class.getMethods())
                .filter(method -> method.getName().equals(name))
                .sorted((a, b) -> b.getParameterCount() - a.getParameterCount())
                .toArray(Method[]::new);
        if (forms.length > 0) {
          routines.add(new Routine(name, arguments, forms[0], forms.length > 1 ? forms[1] : null));
        }
      }
    }
    return routines;
  }

  boolean isDouble() {
    return name.matches("i?d.*");
  }

  /** Whether rounding is enlarged by an inverse. */
  boolean solves() {
    return name.endsWith("sv") || name.endsWith("trsm");
  }

  /** Legal arguments; matrices and vectors have room on all sides. */
  Object[] draw(Random random) {
    int m = size(random);
    int n = size(random);
    int k = name.contains("b") ? random.nextInt(4) : size(random);
    int kl = random.nextInt(3);
    int ku = random.nextInt(3);
    int edge = Math.max(Math.max(m, n), Math.max(k, kl + ku + 1)) + 1;
    List<Object> drawn = new ArrayList<>();
    boolean upper = false;
    for (String argument : arguments) {
      switch (argument) {
        case "trans" -> drawn.add(pick(random, "N", "T", "C", "n", "t", "c", "Transposed"));
        case "side" -> drawn.add(pick(random, "L", "R", "l", "r"));
        case "diag" -> drawn.add(pick(random, "U", "N", "u", "n"));
        case "uplo" -> {
          String letter = pick(random, "U", "L", "u", "l");
          upper = letter.equalsIgnoreCase("u");
          drawn.add(letter);
        }
        case "m" -> drawn.add(m);
        case "n" -> drawn.add(n);
        case "k" -> drawn.add(k);
        case "kl" -> drawn.add(kl);
        case "ku" -> drawn.add(ku);
        case "alpha" -> drawn.add(number(new double[] {0, 1, -1, 0.7}[random.nextInt(4)]));
        case "w" -> drawn.add(changed(random.nextDouble() - 0.3));
        case "param" -> {
          Object array = array(random, 5 + 3);
          set(array, 3, random.nextInt(4) - 2);
          drawn.add(array);
          drawn.add(3);
        }
        case "x", "y" -> {
          int inc = new int[] {1, 1, 2, -1, -3}[random.nextInt(5)];
          int offset = random.nextInt(3) * 2;
          drawn.add(array(random, offset + edge * Math.abs(inc) + 1));
          drawn.add(offset);
          drawn.add(inc);
        }
        default -> {
          int offset = random.nextInt(3) * 5;
          int ld = edge + random.nextInt(3);
          Object array = array(random, offset + (ld + 1) * (edge + 1));
          if (solves() && argument.startsWith("A")) {
            for (int i = 0; i < Array.getLength(array); i++) {
              set(array, i, (random.nextDouble() - 0.5) / edge);
            }
            for (int i = 0; i < edge; i++) {
              set(
                  array,
                  offset + diagonal(argument, i, edge(m, n, drawn), ld, k, upper),
                  1 + random.nextDouble());
            }
          }
          drawn.add(array);
          drawn.add(offset);
          if (!argument.equals("AP")) {
            drawn.add(ld);
          }
        }
      }
    }
    return drawn.toArray();
  }

  private int edge(int m, int n, List<Object> drawn) {
    return name.endsWith("trsm") && drawn.get(0).toString().equalsIgnoreCase("l") ? m : n;
  }

  private int diagonal(String argument, int i, int n, int ld, int k, boolean upper) {
    if (argument.equals("AP")) {
      return i >= n ? 0 : upper ? i * (i + 3) / 2 : i * n - i * (i - 1) / 2;
    }
    return name.endsWith("tbsv") ? i * ld + (upper ? k : 0) : i * (ld + 1);
  }

  private int size(Random random) {
    int[] sizes = hasMatrix() ? SIZES : LENGTHS;
    return sizes[random.nextInt(sizes.length)];
  }

  private boolean hasMatrix() {
    return arguments.stream().anyMatch(List.of("A", "AP")::contains);
  }

  /** The most terms that a sum of a drawn call can have. */
  int terms() {
    return hasMatrix() ? 2 * 130 : 1030;
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private Object number(double value) {
    return isDouble() ? (Object) value : (Object) (float) value;
  }

  private Object changed(double value) {
    return isDouble() ? new doubleW(value) : new floatW((float) value);
  }

  private Object array(Random random, int length) {
    return isDouble()
        ? random.doubles(length, -1, 1).toArray()
        : toFloats(random.doubles(length, -1, 1).toArray());
  }

  private static float[] toFloats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private void set(Object array, int i, double value) {
    if (array instanceof double[] doubles) {
      doubles[i] = value;
    } else {
      ((float[]) array)[i] = (float) value;
    }
  }

  /** Arguments of their own for a second call. */
  static Object[] copy(Object[] arguments) {
    return Arrays.stream(arguments)
        .map(
            argument ->
                switch (argument) {
                  case double[] array -> array.clone();
                  case float[] array -> array.clone();
                  case doubleW number -> new doubleW(number.val);
                  case floatW number -> new floatW(number.val);
                  case null -> null;
                  default -> argument;
                })
        .toArray();
  }

  /** Positions of the offsets among the arguments. */
  List<Integer> offsets() {
    List<Integer> positions = new ArrayList<>();
    int at = 0;
    for (String argument : arguments) {
      switch (argument) {
        case "x", "y", "A", "B", "C" -> {
          positions.add(at + 1);
          at += 3;
        }
        case "AP", "param" -> {
          positions.add(at + 1);
          at += 2;
        }
        default -> at++;
      }
    }
    return positions;
  }

  /**
   * Calls the form with offsets.
   *
   * @return the result, or null
   * @throws Exception what the routine threw
   */
  @Nullable Object call(BLAS blas, Object[] arguments) throws Exception {
    return invoke(full, blas, arguments);
  }

  static @Nullable Object invoke(Method method, BLAS blas, Object[] arguments) throws Exception {
    try {
      return method.invoke(blas, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
