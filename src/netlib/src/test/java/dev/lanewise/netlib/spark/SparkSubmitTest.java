package dev.lanewise.netlib.spark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.netlib.LanewiseBlas;
import dev.lanewise.netlib.LanewisePlugin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.package$;
import org.junit.jupiter.api.Test;

/**
 * The route of the README: the JVM that {@code spark-submit --driver-class-path} starts, with ours
 * on the class path and the plugin among the settings.
 */
class SparkSubmitTest {
  private static List<String> submit(String... settings) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.addAll(List.of(System.getProperty("lanewise.sparkArgs").split(" ")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("org.apache.spark.deploy.SparkSubmit", "--master", "local[1]"));
    for (String setting :
        List.of(
            "spark.ui.enabled=false",
            "spark.driver.host=127.0.0.1",
            "spark.driver.bindAddress=127.0.0.1")) {
      command.addAll(List.of("--conf", setting));
    }
    command.addAll(List.of(settings));
    command.addAll(List.of("--class", SubmittedJob.class.getName(), "spark-internal"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), output);
    return output.lines().filter(line -> line.contains(" 50.0 ")).toList();
  }

  @Test
  void aSubmittedJobComputesWithLanewise() throws Exception {
    assertEquals(
        List.of(LanewiseBlas.class.getName() + " 50.0 " + package$.MODULE$.SPARK_VERSION()),
        submit("--conf", "spark.plugins=" + LanewisePlugin.class.getName()));
  }
}
