/** Comparisons of simulated forks. */
@NullMarked
package dev.lanewise.jmh.tracker.compare;

import org.jspecify.annotations.NullMarked;
