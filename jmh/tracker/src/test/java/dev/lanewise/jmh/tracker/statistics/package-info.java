/** The statistics on known answers and on simulated forks. */
@NullMarked
package dev.lanewise.jmh.tracker.statistics;

import org.jspecify.annotations.NullMarked;
