package dev.lanewise.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.Architectures;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** The rules that the references between classes show, for a house whose root package is given. */
final class ArchitectureRules {
  /** From the ground up: each floor may import only from floors below it. */
  static final List<String> FLOORS =
      List.of(
          "memory",
          "operand",
          "simd",
          "parallel",
          "kernel",
          "blas",
          "ops",
          "io",
          "autograd",
          "nn",
          "optim");

  /** Packages that are the same at every vector width: the build tests them at one alone. */
  static final List<String> WIDTHLESS = List.of("memory", "parallel", "io");

  /** "A package that outgrows about ten files is two packages." */
  static final int CLASSES_PER_PACKAGE = 12;

  /**
   * What in the kernels is neither static nor without state: scratch memory and views of operands,
   * pooled across calls, and the description of operands that one call has too many of.
   */
  private static final Set<String> POOLED =
      Set.of(
          "Panel",
          "Panels",
          "PackedB",
          "Matrix",
          "Patches",
          "Stencil",
          "Scores",
          "Heads",
          "TileOperand",
          "AttentionShape",
          "AttentionDropout",
          "Windows",
          "F16Stage",
          "PowStage",
          "TransposeStage");

  private static final String VECTOR_API = "jdk.incubator.vector..";

  private static final Set<String> ARENA_CALLS =
      Set.of("global", "ofAuto", "ofConfined", "ofShared", "allocate", "allocateFrom");

  private final String root;
  private final String kernels;
  private final String simd;

  ArchitectureRules(String root) {
    this.root = root;
    kernels = root + ".kernel..";
    simd = root + ".simd..";
  }

  ArchRule floors() {
    var floors =
        Architectures.layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true);
    for (String floor : FLOORS) {
      floors = floors.layer(floor).definedBy(root + "." + floor + "..");
    }
    for (int i = 0; i < FLOORS.size(); i++) {
      String[] above = FLOORS.subList(i + 1, FLOORS.size()).toArray(String[]::new);
      floors =
          above.length == 0
              ? floors.whereLayer(FLOORS.get(i)).mayNotBeAccessedByAnyLayer()
              : floors.whereLayer(FLOORS.get(i)).mayOnlyBeAccessedByLayers(above);
    }
    return floors;
  }

  ArchRule everyPackageIsOnAFloor() {
    String[] packages =
        FLOORS.stream()
            .map(
                floor ->
                    root
                        + "."
                        + floor
                        + switch (floor) {
                          case "kernel", "ops" -> ".*..";
                          case "autograd", "blas", "io", "nn", "optim", "simd" -> "..";
                          default -> "";
                        })
            .toArray(String[]::new);
    return classes().should().resideInAnyPackage(packages);
  }

  ArchRule noCircles() {
    return slices().matching(root + ".(**)").should().beFreeOfCycles().allowEmptyShould(true);
  }

  ArchRule vectorApiOnTwoFloors() {
    return noClasses()
        .that(resideInAPackage(root + "..").and(not(resideInAnyPackage(simd, kernels))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(VECTOR_API)
        .as("jdk.incubator.vector is imported in simd and kernel.* alone");
  }

  ArchRule widthlessPackagesImportOnlyOneAnother() {
    String[] widthless = WIDTHLESS.stream().map(name -> root + "." + name).toArray(String[]::new);
    return noClasses()
        .that(resideInAnyPackage(widthless))
        .should()
        .dependOnClassesThat(resideInAPackage(root + "..").and(not(resideInAnyPackage(widthless))))
        .as("packages that are tested at one vector width import only one another");
  }

  /** The signatures that users see: when the API leaves incubation, nothing of theirs changes. */
  ArchRule internalTypesStayInternal() {
    var internal = resideInAnyPackage(VECTOR_API, simd, kernels);
    return members()
        .that(
            DescribedPredicate.describe(
                "are public above the kernels",
                member ->
                    isApi(member)
                        && member.getOwner().getModifiers().contains(JavaModifier.PUBLIC)
                        && !resideInAnyPackage(simd, kernels).test(member.getOwner())))
        .should(
            condition(
                "name no internal type",
                (member, events) -> {
                  for (JavaClass type : member.getAllInvolvedRawTypes()) {
                    if (internal.test(type)) {
                      events.add(
                          SimpleConditionEvent.violated(
                              member,
                              member.getFullName() + " shows " + type.getName() + " to users"));
                    }
                  }
                }))
        .allowEmptyShould(true);
  }

  ArchRule kernelsAreStatic() {
    var kernelClass = kernelClass();
    return CompositeArchRule.of(
            classes()
                .that(kernelClass)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .andShould()
                .haveOnlyPrivateConstructors()
                .allowEmptyShould(true))
        .and(
            members()
                .that()
                .areDeclaredInClassesThat(kernelClass)
                .should(
                    condition(
                        "be static",
                        (member, events) -> {
                          boolean field = member.getModifiers().contains(JavaModifier.STATIC);
                          boolean constructor =
                              !(member instanceof JavaMethod) && member.getName().equals("<init>");
                          if (!field && !constructor) {
                            events.add(
                                SimpleConditionEvent.violated(
                                    member, member.getFullName() + " is not static"));
                          }
                        }))
                .allowEmptyShould(true));
  }

  ArchRule kernelsKeepNoState() {
    return fields()
        .that()
        .areDeclaredInClassesThat(are(kernelClass()))
        .should()
        .beFinal()
        .andShould()
        .notHaveRawType(
            DescribedPredicate.describe(
                "can change",
                type ->
                    type.isArray()
                        || type.isAssignableTo(ThreadLocal.class)
                        || type.isAssignableTo(Collection.class)
                        || type.isAssignableTo(Map.class)
                        || type.getPackageName().equals(AtomicInteger.class.getPackageName())))
        .allowEmptyShould(true);
  }

  ArchRule kernelsUseNoCollections() {
    return noClasses()
        .that()
        .resideInAPackage(kernels)
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.util.stream..", "java.util.function..")
                .or(assignableTo(Collection.class))
                .or(assignableTo(Map.class))
                .or(assignableTo(Iterator.class)))
        .allowEmptyShould(true);
  }

  ArchRule arenasInMemoryAlone() {
    return noClasses()
        .that(resideInAPackage(root + "..").and(not(resideInAPackage(root + ".memory.."))))
        .should()
        .accessTargetWhere(
            DescribedPredicate.<JavaAccess<?>>describe(
                "makes or allocates from an arena",
                access -> {
                  AccessTarget target = access.getTarget();
                  return (target.getOwner().isEquivalentTo(Arena.class)
                          || target.getOwner().isEquivalentTo(SegmentAllocator.class))
                      && ARENA_CALLS.contains(target.getName());
                }));
  }

  ArchRule smallPackages(int limit) {
    return classes()
        .should(
            new ArchCondition<>("be in a package of at most " + limit + " files") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                JavaPackage itsPackage = type.getPackage();
                List<String> files =
                    itsPackage.getClasses().stream()
                        .filter(member -> member.isTopLevelClass() && !member.isArray())
                        .map(JavaClass::getSimpleName)
                        .filter(name -> !name.endsWith("-info"))
                        .sorted()
                        .toList();
                if (files.size() > limit && type.getSimpleName().equals(files.getFirst())) {
                  events.add(
                      SimpleConditionEvent.violated(type, itsPackage.getName() + " has " + files));
                }
              }
            });
  }

  private DescribedPredicate<JavaClass> kernelClass() {
    return DescribedPredicate.describe(
        "kernels",
        type ->
            resideInAPackage(kernels).test(type)
                && !compilerMade().test(type)
                && !(POOLED.contains(type.getSimpleName())
                    && resideInAnyPackage(
                            root + ".kernel.gemm..",
                            root + ".kernel.conv..",
                            root + ".kernel.attention..",
                            root + ".kernel.arithmetic",
                            root + ".kernel.cast",
                            root + ".kernel.shape",
                            root + ".kernel.pool..")
                        .test(type)));
  }

  private static boolean isApi(JavaMember member) {
    return member.getModifiers().contains(JavaModifier.PUBLIC)
        || member.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static DescribedPredicate<JavaClass> compilerMade() {
    return DescribedPredicate.describe(
        "made by the compiler",
        type ->
            type.isAnonymousClass()
                || type.getModifiers().contains(JavaModifier.SYNTHETIC)
                || type.getSimpleName().equals("package-info"));
  }

  private interface Check<T> {
    void check(T item, ConditionEvents events);
  }

  private static <T> ArchCondition<T> condition(String description, Check<T> check) {
    return new ArchCondition<>(description) {
      @Override
      public void check(T item, ConditionEvents events) {
        check.check(item, events);
      }
    };
  }
}
