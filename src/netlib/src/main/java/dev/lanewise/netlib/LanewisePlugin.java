package dev.lanewise.netlib;

import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts {@link LanewiseBlas} under Spark MLlib, on the driver and on each executor: {@code --conf
 * spark.plugins=dev.lanewise.netlib.LanewisePlugin}. It says once per JVM what is active. Where
 * that is not possible, it says why, and Spark goes on with the BLAS that it chose itself.
 */
public final class LanewisePlugin implements SparkPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(LanewisePlugin.class);

  /** For Spark, which makes it by name. */
  public LanewisePlugin() {}

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverPlugin() {
      @Override
      public Map<String, String> init(SparkContext context, PluginContext plugin) {
        OnceInThisJvm.install();
        return Map.of();
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext plugin, Map<String, String> fromDriver) {
        OnceInThisJvm.install();
      }
    };
  }

  /** With a local master, driver and executor are one JVM, and a session may follow another. */
  private static final class OnceInThisJvm {
    private static boolean told;

    static synchronized void install() {
      try {
        LanewiseBlas blas = new LanewiseBlas();
        SparkBlas.install(blas);
        if (!told) {
          LOG.info("{} computes the matrix products of MLlib", blas);
        }
      } catch (IllegalStateException | ReflectiveOperationException e) {
        if (!told) {
          LOG.warn("Lanewise is not active, MLlib keeps its own BLAS: {}", e.getMessage());
        }
      }
      told = true;
    }
  }
}
