package dev.lanewise.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.lanewise.blas.MachineLimits;
import dev.lanewise.memory.HugePages;
import dev.lanewise.memory.MemoryBudget;
import dev.lanewise.parallel.Workers;
import dev.lanewise.simd.Lanes;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "doctor",
    description =
        "Checks this JVM and machine and says what to do about each thing that is not right.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:all is right (notes cost a few per cent at most)",
      "1:something is wrong or many times slower"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    Diagnosis diagnosis = Diagnosis.of(facts(Double.NaN));
    if (diagnosis.allRight()) {
      diagnosis = Diagnosis.of(facts(MachineLimits.fmaPeak(Workers.shared().threads())));
    }
    diagnosis.lines().forEach(out::println);
    out.flush();
    return diagnosis.allRight() ? 0 : 1;
  }

  private static Diagnosis.Facts facts(double fmaGflops) {
    int threads = Workers.shared().threads();
    return new Diagnosis.Facts(
        Runtime.version().feature(),
        System.getProperty("java.runtime.version", "unknown"),
        System.getProperty("java.home", "unknown"),
        System.getProperty("java.vm.name", "unknown"),
        System.getProperty("java.vm.vendor", "unknown"),
        System.getProperty("java.vm.info", "unknown"),
        compiler(),
        tieredStopsBelowC2(),
        Boolean.parseBoolean(flag("UseJVMCICompiler", "false")),
        Boolean.parseBoolean(flag("UseFMA", "true")),
        "0".equals(System.getProperty("jdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK")),
        Lanes.BITS,
        Lanes.preferredBits(),
        fmaGflops,
        threads,
        Runtime.getRuntime().availableProcessors(),
        MemoryBudget.global().limitBytes(),
        Runtime.getRuntime().maxMemory(),
        HugePages.available(),
        HugePages.advice(),
        hugePagesSetting(),
        DoctorCommand.class.getModule().isNativeAccessEnabled());
  }

  private static @Nullable String compiler() {
    var bean = ManagementFactory.getCompilationMXBean();
    return bean == null ? null : bean.getName();
  }

  private static boolean tieredStopsBelowC2() {
    return Integer.parseInt(flag("TieredStopAtLevel", "4")) < 4
        || System.getProperty("java.vm.info", "").contains("emulated-client")
        || !(flag("CompilationMode", "default").equals("default")
            || flag("CompilationMode", "default").startsWith("high-only"));
  }

  /** The value of a HotSpot flag, {@code absent} where this JVM has none of that name. */
  private static String flag(String name, String absent) {
    try {
      HotSpotDiagnosticMXBean bean =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return bean == null ? absent : bean.getVMOption(name).getValue();
    } catch (IllegalArgumentException noSuchFlag) {
      return absent;
    }
  }

  private static String hugePagesSetting() {
    try {
      return Files.exists(HUGE_PAGES) ? Files.readString(HUGE_PAGES).strip() : "none";
    } catch (IOException unreadable) {
      return "unknown";
    }
  }
}
