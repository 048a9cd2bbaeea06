package dev.lanewise.jmh.tracker.lane;

import java.nio.file.Path;
import java.util.List;

/**
 * Processors that one stream of forks has to itself.
 *
 * @param launcher goes before the command of a measured JVM; empty where nothing is pinned
 * @param scratch for the logs and results of its forks
 */
public record Lane(List<String> launcher, Path scratch) {}
