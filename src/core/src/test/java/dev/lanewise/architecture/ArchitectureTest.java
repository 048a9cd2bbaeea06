package dev.lanewise.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.lanewise.simd.Lanes;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each rule holds for the library, and finds the fault in the house of {@code offending}. */
@Tag("once")
class ArchitectureTest {
  private static final JavaClasses LIBRARY =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.lanewise");

  private static final String OFFENDING_ROOT = "dev.lanewise.architecture.offending";
  private static final JavaClasses OFFENDING =
      new ClassFileImporter().importPackages(OFFENDING_ROOT);

  @Test
  void aFloorImportsOnlyFromFloorsBelow() {
    verify(ArchitectureRules::floors, "LooksUp");
  }

  @Test
  void everyClassLivesOnAFloor() {
    verify(ArchitectureRules::everyPackageIsOnAFloor, "OffTheFloors");
  }

  @Test
  void packagesFormNoCircle() {
    verify(ArchitectureRules::noCircles, "Cycle detected");
  }

  @Test
  void theVectorApiIsUsedInSimdAndKernelAlone() {
    verify(ArchitectureRules::vectorApiOnTwoFloors, "ShowsVectors");
  }

  @Test
  void whatIsTestedAtOneWidthImportsNoVector() {
    verify(ArchitectureRules::widthlessPackagesImportOnlyOneAnother, "LooksUp");
  }

  @Test
  void usersSeeNoVectorAndNoKernel() {
    verify(ArchitectureRules::internalTypesStayInternal, "ShowsVectors.twice");
  }

  @Test
  void kernelsAreFinalAndStatic() {
    verify(ArchitectureRules::kernelsAreStatic, "Sloppy.instance() is not static");
    verify(ArchitectureRules::kernelsAreStatic, "Sloppy> does not have modifier FINAL");
    verify(ArchitectureRules::kernelsAreStatic, "Sloppy.<init>()> is not private");
  }

  @Test
  void kernelsKeepNoState() {
    verify(ArchitectureRules::kernelsKeepNoState, "Sloppy.calls");
    verify(ArchitectureRules::kernelsKeepNoState, "Sloppy.TABLE");
  }

  @Test
  void kernelsUseNeitherStreamsNorCollections() {
    verify(ArchitectureRules::kernelsUseNoCollections, "java.util.ArrayList");
  }

  @Test
  void arenasAreMadeInMemoryAlone() {
    verify(ArchitectureRules::arenasInMemoryAlone, "OpensArena");
  }

  @Test
  void packagesStaySmall() {
    new ArchitectureRules("dev.lanewise")
        .smallPackages(ArchitectureRules.CLASSES_PER_PACKAGE)
        .check(LIBRARY);
    assertFinds(
        new ArchitectureRules(OFFENDING_ROOT).smallPackages(1), "kernel.reduce has [Back, Forth]");
  }

  /**
   * Workers are exported too: callers hand them to the BLAS-level calls. What stands below the BLAS
   * per precision is internal, and so is what all public calls share: their checks.
   */
  @Test
  void theModuleExportsEveryPackageButTheKernelsAndTheLanes()
      throws IOException, URISyntaxException {
    Set<String> publicPackages =
        LIBRARY.stream()
            .map(type -> type.getPackageName())
            .filter(
                name ->
                    !name.startsWith("dev.lanewise.kernel.")
                        && !name.matches("dev[.]lanewise[.]simd([.].*)?")
                        && !name.matches("dev[.]lanewise[.](operand|ops[.]call)")
                        && !name.matches("dev[.]lanewise[.]autograd[.]engine([.].*)?")
                        && !name.matches("dev[.]lanewise[.]blas[.](.*[.])?f(32|64)"))
            .collect(Collectors.toCollection(TreeSet::new));
    Path descriptor =
        Path.of(Lanes.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve("module-info.class");
    try (InputStream in = Files.newInputStream(descriptor)) {
      Set<String> exported =
          ModuleDescriptor.read(in).exports().stream()
              .filter(export -> !export.isQualified())
              .map(ModuleDescriptor.Exports::source)
              .collect(Collectors.toCollection(TreeSet::new));
      assertEquals(publicPackages, exported);
    }
  }

  private static void verify(Function<ArchitectureRules, ArchRule> rule, String fault) {
    assertFalse(LIBRARY.isEmpty());
    rule.apply(new ArchitectureRules("dev.lanewise")).check(LIBRARY);
    assertFinds(rule.apply(new ArchitectureRules(OFFENDING_ROOT)), fault);
  }

  private static void assertFinds(ArchRule rule, String fault) {
    String found =
        String.valueOf(
            assertThrows(AssertionError.class, () -> rule.check(OFFENDING)).getMessage());
    assertTrue(found.contains(fault), found);
  }
}
