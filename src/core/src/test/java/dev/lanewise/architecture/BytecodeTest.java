package dev.lanewise.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.architecture.offending.kernel.step.Sloppy;
import dev.lanewise.simd.Lanes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("once")
class BytecodeTest {
  private static final String KERNEL = "dev/lanewise/kernel/";
  private static final String SIMD = "dev/lanewise/simd/";

  private static final List<ClassModel> LIBRARY = library();

  @Test
  void noMethodIsTooLongToBeCompiled() {
    assertEquals(List.of(), violations(BytecodeRules::hugeMethods, type -> true));
    assertEquals(List.of(), BytecodeRules.hugeMethods(method(code -> repeat(code, 7_999))));
    assertEquals(
        List.of("Made.method has 8001 bytes of code, HotSpot compiles none over 8000"),
        BytecodeRules.hugeMethods(method(code -> repeat(code, 8_000))));
  }

  @Test
  void noKernelMethodIsCrowdedWithVectorCalls() {
    assertEquals(
        List.of(),
        violations(
            BytecodeRules::crowdedVectorMethods,
            name -> name.startsWith(KERNEL) || name.startsWith(SIMD)));
    assertEquals(
        List.of(), BytecodeRules.crowdedVectorMethods(method(code -> vectorCalls(code, 124))));
    assertEquals(
        List.of("Made.method calls the Vector API 125 times, more than 124"),
        BytecodeRules.crowdedVectorMethods(method(code -> vectorCalls(code, 125))));
  }

  @Test
  void everyFunctionOfVectorsIsShortEnoughToBeInlined() {
    assertEquals(
        List.of(),
        violations(BytecodeRules::longVectorFunctions, name -> name.startsWith(SIMD + "math/")));
    assertEquals(List.of(), BytecodeRules.longVectorFunctions(vectorFunction(325)));
    assertEquals(
        List.of("Made.method has 326 bytes of code, C2 inlines none over 325"),
        BytecodeRules.longVectorFunctions(vectorFunction(326)));
  }

  @Test
  void noKernelHasALambda() {
    assertEquals(List.of(), violations(BytecodeRules::lambdas, name -> name.startsWith(KERNEL)));
    assertEquals(
        List.of(Sloppy.class.getName() + ".sum has a lambda"),
        BytecodeRules.lambdas(parse(Sloppy.class)));
  }

  @Test
  void noIntProductIsASizeOrAnIndex() {
    assertEquals(List.of(), violations(BytecodeRules::overflowingProducts, type -> true));

    assertFindsTheBad(Overflows.class, BytecodeRules::overflowingProducts);
  }

  @Test
  void noLoopCallsAMethodOnTheVectorThatItCarries() {
    assertEquals(
        List.of(),
        violations(
            BytecodeRules::carriedReceivers,
            name -> name.startsWith(KERNEL) || name.startsWith(SIMD)));

    assertFindsTheBad(Carried.class, BytecodeRules::carriedReceivers);
  }

  /** The rule is broken once by each method whose name begins with "bad", and by no other. */
  private static void assertFindsTheBad(Class<?> type, Function<ClassModel, List<String>> rule) {
    List<String> found = rule.apply(parse(type));
    List<String> bad =
        Arrays.stream(type.getDeclaredMethods())
            .map(method -> method.getName())
            .filter(name -> name.startsWith("bad"))
            .sorted()
            .toList();
    assertEquals(
        bad, found.stream().map(BytecodeTest::methodOf).sorted().toList(), found::toString);
  }

  private static String methodOf(String violation) {
    String name = violation.substring(0, violation.indexOf(' '));
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static List<String> violations(
      Function<ClassModel, List<String>> rule, Predicate<String> where) {
    return LIBRARY.stream()
        .filter(type -> where.test(type.thisClass().asInternalName()))
        .flatMap(type -> rule.apply(type).stream())
        .toList();
  }

  private static List<ClassModel> library() {
    try {
      Path classes =
          Path.of(Lanes.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      try (Stream<Path> files = Files.walk(classes)) {
        List<ClassModel> models =
            files
                .filter(file -> file.toString().endsWith(".class"))
                .map(BytecodeTest::parse)
                .toList();
        assertFalse(models.isEmpty());
        return models;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ClassModel parse(Path file) {
    try {
      return ClassFile.of().parse(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ClassModel parse(Class<?> type) {
    String resource = "/" + type.getName().replace('.', '/') + ".class";
    try (InputStream in = Objects.requireNonNull(type.getResourceAsStream(resource))) {
      return ClassFile.of().parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A class with one method of the given code. */
  private static ClassModel method(Consumer<CodeBuilder> code) {
    byte[] bytes =
        ClassFile.of()
            .build(
                ClassDesc.of("Made"),
                type ->
                    type.withMethodBody(
                        "method",
                        MethodTypeDesc.of(ConstantDescs.CD_void),
                        ClassFile.ACC_STATIC,
                        body -> {
                          code.accept(body);
                          body.return_();
                        }));
    return ClassFile.of().parse(bytes);
  }

  /** A class with a method that returns a vector, of so many bytes of code. */
  private static ClassModel vectorFunction(int length) {
    byte[] bytes =
        ClassFile.of()
            .build(
                ClassDesc.of("Made"),
                type ->
                    type.withMethodBody(
                        "method",
                        MethodTypeDesc.of(ClassDesc.of("jdk.incubator.vector.FloatVector")),
                        ClassFile.ACC_STATIC,
                        body -> {
                          repeat(body, length - 2);
                          body.aconst_null().areturn();
                        }));
    return ClassFile.of().parse(bytes);
  }

  private static void repeat(CodeBuilder code, int nops) {
    for (int i = 0; i < nops; i++) {
      code.nop();
    }
  }

  private static void vectorCalls(CodeBuilder code, int calls) {
    for (int i = 0; i < calls; i++) {
      code.invokestatic(
          ClassDesc.of("jdk.incubator.vector.VectorShape"),
          "preferred",
          MethodTypeDesc.of(ConstantDescs.CD_void));
    }
  }
}
