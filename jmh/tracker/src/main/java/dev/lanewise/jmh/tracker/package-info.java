/**
 * Tracks the performance of any project's JMH benchmarks: {@code measure} starts forks, {@code
 * source} turns revisions into jars, {@code compare} pairs them, {@code statistics} decides, {@code
 * history} remembers, {@code gate} asks what noise cannot blur, {@code report} shows.
 */
@NullMarked
package dev.lanewise.jmh.tracker;

import org.jspecify.annotations.NullMarked;
